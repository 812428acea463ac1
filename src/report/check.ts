import type { CheckedOrg, CheckedTopic, CheckReport, Estimate } from '../accounting/check-report.js';
import type { Fact, ResultDocument } from './document.js';
import { countsText, fieldFacts, groupErrors, sumOf } from './errors.js';
import { formatCount, formatNoun, formatSeconds } from './format.js';
import { allowanceText, inputFact, unknownFieldFacts, unmappedText } from './summary.js';
import { countColumn, tableOf, type ColumnOf } from './table.js';
import { unbroken } from './text-width.js';

/** What a check found. */
export function checkDocument(report: CheckReport): ResultDocument {
  const { topics, warnings, line_errors: lineErrors } = report;
  const possible = topics.map(({ topic, possible_errors: errors }) => ({ topic, errors }));
  return {
    command: 'sfreplay check',
    isGood: report.exit_code === 0,
    verdict: verdict(report),
    sections: [
      { title: 'Org and input', facts: checkFacts(report) },
      { title: 'Topics', table: tableOf(columnsOf(report), topics) },
      { title: 'Keys', topicFacts: keyFacts(topics) },
      { title: 'Would fail', groups: groupErrors([...topics, ...lineErrors]), of: 'error' },
      { title: 'May fail', note: 'the org decides', groups: groupErrors(possible), of: 'error' },
      { title: 'Dropped fields', topicFacts: fieldFacts(topics, (topic) => topic.dropped_fields, reasonText) },
      { title: 'Unknown fields', note: 'left out', topicFacts: unknownFieldFacts(topics) },
      { title: 'Warnings', list: warnings, areWarnings: true },
    ],
    steps: [],
  };
}

/** What a replay would come to, in a sentence: what the org refuses by its own describe is not written. */
function verdict({ input, topics, org, exit_code: exitCode }: CheckReport): string {
  const asked = org === null ? '; the org was not asked' : '';
  if (input === null) {
    const good = `The configuration is valid: ${formatNoun(topics.length, 'topic')} mapped`;
    return exitCode === 0 ? `${good}${asked}` : `Some records would fail${asked}`;
  }
  const sum = (of: (topic: CheckedTopic) => number | null): number => sumOf(topics, (topic) => of(topic) ?? 0);
  const read = sum((topic) => topic.read);
  const failed = sum((topic) => topic.would_fail);
  const mayFail = sum((topic) => topic.may_fail);
  const superseded = sum((topic) => topic.superseded);
  const rest = countsText([
    [failed, 'would fail'],
    [mayFail, 'may fail'],
    [superseded, 'superseded'],
    [input.malformed, 'malformed line', 'malformed lines'],
  ]);
  const written = `${formatCount(read - failed - mayFail - superseded)} of ${formatNoun(read, 'record')}`;
  return `A replay would write ${written}${mayFail > 0 ? ' for certain' : ''}${rest}${asked}`;
}

/** The org, the input and what a replay would cost. */
function checkFacts({ org, input, estimate }: CheckReport): Fact[] {
  const facts = org === null ? [] : orgFacts(org);
  if (input === null) return facts;
  facts.push(inputFact(input));
  if (input.malformed > 0) facts.push({ label: 'Malformed', text: formatNoun(input.malformed, 'line') });
  if (input.unmapped > 0) facts.push({ label: 'Unmapped', text: unmappedText(input, input.unmapped) });
  if (estimate !== null) facts.push(...estimateFacts(estimate));
  return facts;
}

function orgFacts(org: CheckedOrg): Fact[] {
  const { target_org: target } = org;
  const facts: (Omit<Fact, 'text'> & { readonly text: string | null | undefined })[] = [
    { label: 'Org', text: org.url, isVerbatim: true },
    { label: 'Instance', text: org.instance_url === org.url ? null : org.instance_url, isVerbatim: true },
    { label: 'Org Id', text: org.org_id },
    { label: 'Sign-in', text: target === null ? org.sign_in : `${org.sign_in}, target org ${target}` },
    { label: 'User', text: org.username ?? org.user_id },
    { label: 'API', text: org.api_version },
    { label: 'API calls', text: allowanceText(org.api) },
    { label: 'Bulk batches', text: allowanceText(org.bulk_batches) },
  ];
  return facts.flatMap(({ text, ...fact }) => (text == null ? [] : [{ ...fact, text }]));
}

/** The replay's cost, and what it is reckoned with. */
function estimateFacts({ api_calls, diff_calls, bulk_batches, duration_ms, assumptions }: Estimate): Fact[] {
  const costs = [formatNoun(api_calls, 'API call')];
  if (bulk_batches > 0) costs.push(formatNoun(bulk_batches, 'bulk batch', 'bulk batches'));
  costs.push(duration_ms < 1000 ? 'under 1 s' : formatSeconds(duration_ms));
  const facts = [{ label: 'Estimate', text: `about ${costs.map(unbroken).join(', ')}` }];
  if (assumptions.length > 0) facts.push({ label: '', text: `(the time is rough; ${assumptions.join('; ')})` });
  facts.push({ label: 'Diff', text: `about ${formatNoun(diff_calls, 'API call')} to compare the input with the org` });
  return facts;
}

/** Per topic the keys that are missing or came more than once. */
function keyFacts(topics: readonly CheckedTopic[]): Fact[] {
  return topics.flatMap(({ topic, keys, key_field: field }) => {
    if (keys === null || field === null || keys.missing + keys.repeated === 0) return [];
    const least = keys.is_exact ? '' : 'at least ';
    const told: string[] = [];
    if (keys.missing > 0) told.push(`${formatNoun(keys.missing, 'record')} without ${field}`);
    if (keys.repeated > 0) {
      told.push(`${least}${formatNoun(keys.repeated, 'record')} whose key came before`);
      told.push(`${least}${formatNoun(keys.distinct, 'different key')}`);
    }
    return [{ label: topic, text: told.map(unbroken).join(', ') }];
  });
}

function reasonText(field: string, { operation, dropped_reasons: reasons }: CheckedTopic): string {
  return reasons[field] === 'not_permitted' ? `, not for ${operation}` : ', read-only';
}

/** Without input there are only names. */
function columnsOf({ input }: CheckReport): ColumnOf<CheckedTopic>[] {
  const names: ColumnOf<CheckedTopic>[] = [
    { titles: ['topic'], cell: ({ topic }) => topic, minWidth: 14 },
    { titles: ['sObject'], cell: ({ sobject }) => sobject, minWidth: 14 },
    { titles: ['operation', 'op'], cell: ({ operation }) => operation },
    { titles: ['mode'], cell: ({ mode }) => mode },
    { titles: ['key'], cell: (topic) => topic.key_field ?? '–', minWidth: 10 },
  ];
  if (input === null) return names;
  return [
    ...names,
    countColumn(['read'], ({ read }) => read ?? 0),
    countColumn(['would send', 'sends'], (topic) => topic.would_send ?? 0),
    countColumn(['would fail', 'fails'], (topic) => topic.would_fail ?? 0, { alarm: 'red' }),
    countColumn(['may fail', 'may'], (topic) => topic.may_fail ?? 0, { alarm: 'yellow' }),
    countColumn(['batches'], ({ batches }) => batches ?? 0, { leaveOut: 2 }),
    countColumn(['API calls', 'calls'], (topic) => topic.api_calls ?? 0, { leaveOut: 1 }),
  ];
}
