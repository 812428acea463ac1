import type { CheckedOrg, CheckedTopic, CheckReport } from '../accounting/check-report.js';
import { estimateFacts, keyLines, reasonedDropLines } from './check-details.js';
import { factLines, type Fact } from './facts.js';
import { formatCount, formatNoun, safeText } from './format.js';
import { paintFor, type Paint } from './paint.js';
import { maskSecrets } from '../core/secrets.js';
import { allowanceText, inputFact, unmappedText } from './summary-facts.js';
import { layOut, type TableColumn } from './table.js';
import { unbroken, wrap } from './text-width.js';
import { errorLines, unknownFieldLines } from './topic-details.js';

/** What a check found, for people. Ends with a newline. */
export function formatCheck(report: CheckReport, { color, width }: { color: boolean; width: number }): string {
  const paint = paintFor(color);
  const possible = report.topics.map(({ topic, possible_errors: errors }) => ({ topic, errors }));
  const sections = [
    headline(report, width, paint),
    factLines(checkFacts(report), width, paint),
    checkTable(report, width, paint),
    keyLines(report.topics, width, paint),
    errorLines([...report.topics, ...report.line_errors], width, paint, 'Would fail'),
    errorLines(possible, width, paint, 'May fail (the org has the last word)'),
    reasonedDropLines(report.topics, width, paint),
    unknownFieldLines(report.topics, width, paint),
    warningLines(report.warnings, width, paint),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline(report: CheckReport, width: number, paint: Paint): string[] {
  const symbol = report.exit_code === 0 ? paint.green('✔') : paint.red('✖');
  return wrap(verdict(report), Math.max(10, width - 2)).map((line, index) =>
    index === 0 ? `${symbol} ${paint.bold(line)}` : `  ${line}`,
  );
}

/** What a replay would come to, in a sentence: what the org refuses by its own describe is not written. */
export function verdict({ input, topics, org, exit_code: exitCode }: CheckReport): string {
  const asked = org === null ? '; the org was not asked' : '';
  if (input === null) {
    const good = `The configuration is good: ${formatNoun(topics.length, 'topic')} mapped`;
    return exitCode === 0 ? `${good}${asked}` : `Some records would fail${asked}`;
  }
  const sum = (of: (topic: CheckedTopic) => number | null): number =>
    topics.reduce((total, topic) => total + (of(topic) ?? 0), 0);
  const read = sum((topic) => topic.read);
  const failed = sum((topic) => topic.would_fail);
  const mayFail = sum((topic) => topic.may_fail);
  const superseded = sum((topic) => topic.superseded);
  const told = failed > 0 ? [`${formatCount(failed)} would fail`] : [];
  if (mayFail > 0) told.push(`${formatCount(mayFail)} may fail`);
  if (superseded > 0) told.push(`${formatCount(superseded)} superseded`);
  if (input.malformed > 0) told.push(formatNoun(input.malformed, 'malformed line'));
  const rest = told.length === 0 ? '' : `: ${told.map(unbroken).join(', ')}`;
  const written = `${formatCount(read - failed - mayFail - superseded)} of ${formatNoun(read, 'record')}`;
  return `A replay would write ${written}${mayFail > 0 ? ' for certain' : ''}${rest}${asked}`;
}

/** The org, the input and what a replay would cost. */
export function checkFacts({ org, input, estimate }: CheckReport): Fact[] {
  const facts: Fact[] = [];
  if (org !== null) {
    const user = org.username ?? org.user_id;
    const allowance = allowanceText(org.api);
    const batches = allowanceText(org.bulk_batches);
    facts.push({ label: 'Org', text: safeText(maskSecrets(org.url)), isVerbatim: true });
    if (org.instance_url !== org.url) {
      facts.push({ label: 'Instance', text: safeText(maskSecrets(org.instance_url)), isVerbatim: true });
    }
    if (org.org_id !== null) facts.push({ label: 'Org Id', text: safeText(org.org_id) });
    facts.push({ label: 'Sign-in', text: signInText(org) });
    if (user !== null) facts.push({ label: 'User', text: safeText(maskSecrets(user)) });
    facts.push({ label: 'API', text: safeText(org.api_version) });
    if (allowance !== undefined) facts.push({ label: 'API calls', text: allowance });
    if (batches !== undefined) facts.push({ label: 'Bulk batches', text: batches });
  }
  if (input === null) return facts;
  facts.push(inputFact(input));
  if (input.malformed > 0) facts.push({ label: 'Malformed', text: formatNoun(input.malformed, 'line') });
  if (input.unmapped > 0) facts.push({ label: 'Unmapped', text: unmappedText(input, input.unmapped) });
  if (estimate !== null) facts.push(...estimateFacts(estimate));
  return facts;
}

function signInText({ sign_in: signIn, target_org: targetOrg }: CheckedOrg): string {
  return targetOrg === null ? signIn : `${signIn}, target org ${safeText(maskSecrets(targetOrg))}`;
}

function checkTable({ topics, input }: CheckReport, width: number, paint: Paint): string[] {
  if (topics.length === 0) return [];
  const columns = checkColumns(input !== null, paint);
  const table = layOut(columns, topics, width);
  if (table !== undefined) return [paint.dim(table.header), ...table.lines];
  return topics.flatMap((topic) => {
    const [name = '', ...rest] = columns.map((column) => ({ title: column.titles[0], text: column.cell(topic) }));
    const facts = rest.map(({ title, text }) => ({ label: `  ${title}`, text }));
    return [
      ...wrap(name === '' ? '' : name.text, width).map((line) => paint.bold(line)),
      ...factLines(facts, width, paint),
    ];
  });
}

/** Without input there are only names. */
export function checkColumns(hasInput: boolean, paint: Paint): TableColumn<CheckedTopic>[] {
  const count = (
    titles: readonly [string, ...string[]],
    of: (topic: CheckedTopic) => number | null,
  ): TableColumn<CheckedTopic> => ({ titles, cell: (topic) => formatCount(of(topic) ?? 0), align: 'right' });
  const names: TableColumn<CheckedTopic>[] = [
    { titles: ['topic'], cell: (topic) => safeText(topic.topic), minWidth: 14 },
    { titles: ['sObject'], cell: (topic) => safeText(topic.sobject), minWidth: 14 },
    { titles: ['operation', 'op'], cell: (topic) => topic.operation },
    { titles: ['mode'], cell: (topic) => topic.mode },
    { titles: ['key'], cell: (topic) => (topic.key_field === null ? '–' : safeText(topic.key_field)), minWidth: 10 },
  ];
  if (!hasInput) return names;
  return [
    ...names,
    count(['read'], (topic) => topic.read),
    count(['would send', 'sends'], (topic) => topic.would_send),
    {
      ...count(['would fail', 'fails'], (topic) => topic.would_fail),
      paint: (cell, topic) => ((topic.would_fail ?? 0) > 0 ? paint.red(cell) : cell),
    },
    {
      ...count(['may fail', 'may'], (topic) => topic.may_fail),
      paint: (cell, topic) => ((topic.may_fail ?? 0) > 0 ? paint.yellow(cell) : cell),
    },
    { ...count(['batches'], (topic) => topic.batches), leaveOut: 2 },
    { ...count(['API calls', 'calls'], (topic) => topic.api_calls), leaveOut: 1 },
  ];
}

function warningLines(warnings: readonly string[], width: number, paint: Paint): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.flatMap((warning) =>
    wrap(safeText(maskSecrets(warning)), Math.max(10, width - 4)).map((line, index) =>
      index === 0 ? `  ! ${line}` : `    ${line}`,
    ),
  );
  return [paint.yellow('Warnings'), ...lines];
}
