import type { CheckedTopic, Estimate } from '../accounting/check-report.js';
import { factLines, type Fact } from './facts.js';
import { formatCount, formatNoun, formatSeconds, safeText } from './format.js';
import type { Paint } from './paint.js';
import { cutEnd, unbroken } from './text-width.js';

/** What a check tells besides its table. Each is empty where there is nothing to tell. */

/** The replay's cost, and what it is reckoned with. */
export function estimateFacts({ api_calls, bulk_batches, duration_ms, assumptions }: Estimate): Fact[] {
  const costs = [formatNoun(api_calls, 'API call')];
  if (bulk_batches > 0) costs.push(formatNoun(bulk_batches, 'bulk batch', 'bulk batches'));
  costs.push(duration_ms < 1000 ? 'a second' : formatSeconds(duration_ms));
  const facts = [{ label: 'Estimate', text: `about ${costs.map(unbroken).join(', ')}` }];
  if (assumptions.length > 0) {
    facts.push({ label: '', text: `(the time is rough; ${assumptions.join('; ')})` });
  }
  return facts;
}

/** Per topic the keys that are missing or came more than once. */
export function keyLines(topics: readonly CheckedTopic[], width: number, paint: Paint): string[] {
  const facts = keyFacts(topics);
  return facts.length === 0 ? [] : [paint.bold('Keys'), ...factLines(facts, width, paint)];
}

export function keyFacts(topics: readonly CheckedTopic[]): Fact[] {
  return topics.flatMap(({ topic, keys, key_field: field }) => {
    if (keys === null || field === null || keys.missing + keys.repeated === 0) return [];
    const least = keys.is_exact ? '' : 'at least ';
    const told: string[] = [];
    if (keys.missing > 0) told.push(`${formatNoun(keys.missing, 'record')} without ${safeText(field)}`);
    if (keys.repeated > 0) {
      told.push(`${least}${formatNoun(keys.repeated, 'record')} of a key that came before`);
      told.push(`${least}${formatNoun(keys.distinct, 'different key')}`);
    }
    return [{ label: topicLabel(topic), text: told.map(unbroken).join(', ') }];
  });
}

/** Per topic the fields that are left out, those of most records first, and why. */
export function reasonedDropLines(topics: readonly CheckedTopic[], width: number, paint: Paint): string[] {
  const facts = reasonedDropFacts(topics);
  return facts.length === 0 ? [] : [paint.bold('Dropped fields'), ...factLines(facts, width, paint)];
}

export function reasonedDropFacts(topics: readonly CheckedTopic[]): Fact[] {
  return topics.flatMap(({ topic, operation, dropped_fields: counts, dropped_reasons: reasons }) => {
    const names = Object.keys(counts).sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
    if (names.length === 0) return [];
    const shown = names.slice(0, mostFields).map((name) => {
      const reason = reasons[name] === 'not_permitted' ? `not for ${operation}` : 'read-only';
      return unbroken(`${safeText(name)} (${formatCount(counts[name] ?? 0)}, ${reason})`);
    });
    const more = names.length > mostFields ? [`${formatCount(names.length - mostFields)} more`] : [];
    return [{ label: topicLabel(topic), text: [...shown, ...more].join(', ') }];
  });
}

const mostFields = 20;
const longestTopic = 24;

function topicLabel(topic: string): string {
  return `  ${cutEnd(safeText(topic), longestTopic)}`;
}
