import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { buildSchema } from '../../../src/emulator/schema/schema.js';
import { Client, type Answer } from '../../helpers/emulator-client.js';
import { differences, missing, type Told } from './compare.js';
import { replayed, type Request, type Scene } from './scene.js';
import { SCENES } from './scenes.js';

/*
 * Holds the emulator against answers of real orgs. By hand, with the folder of the recordings and its index.json:
 *
 *     SFREPLAY_RECORDINGS=FOLDER npx vitest run --config .config/vitest.config.ts test/emulator/recordings
 */
const FOLDER = process.env.SFREPLAY_RECORDINGS;

interface Recording {
  readonly file: string;
  readonly kind: string;
  readonly status: number | 'asserted';
  readonly headers: Readonly<Record<string, string>>;
  readonly request?: Request;
}

/** Where the emulator knowingly answers otherwise, and why. At most ten. */
const NAMED: Readonly<Record<string, string>> = {
  'composite-graph-2026.json': 'composite graphs are out of scope',
  'limits-2026.json': 'the limits that matter to a loader alone; which an org shows depends on it',
  'resources-2015.json': 'only what is served is listed',
  'row-malformed-id-success-false.json': 'a status of 200 for a refused row was seen once',
  'bulk-list-postman.json': 'there are no jobs of Bulk API 1.0',
  'limits-postman.json': 'the limits that matter to a loader alone; which an org shows depends on it',
  'row-duplicates-detected-v56-pt.json': "a rule of that org's own, which blocks",
  'bulk1-result-string-too-long.json': 'there is no Bulk API 1.0; the message is the same',
  'bulk-info-failed-doubled-prefix.json': 'the prefix is never doubled',
  'row-malformed-id-account-id-18.json': 'an Id whose suffix does not fit was recorded with both texts',
};

it.skipIf(FOLDER === undefined)(
  'the emulator answers what orgs were recorded to answer',
  { timeout: 120_000 },
  async () => {
    const index = JSON.parse(read('index.json')) as Recording[];
    const rows: { file: string; verdict: string; why: string }[] = [];
    for (const recording of index) {
      const why = await compared(recording);
      const verdict = why.length === 0 ? 'same' : 'differs';
      rows.push({
        file: recording.file,
        verdict,
        why: why.length === 0 ? '' : (NAMED[recording.file] ?? why.join('; ')),
      });
    }
    const width = Math.max(...rows.map(({ file }) => file.length));
    const lines = rows.map(({ file, verdict, why }) => `${file.padEnd(width)}  ${verdict.padEnd(7)}  ${why}`.trimEnd());
    const same = rows.filter(({ verdict }) => verdict === 'same').length;
    console.log([...lines, `${rows.length} recorded, ${same} the same`].join('\n'));
    expect(rows.filter(({ verdict }) => verdict === 'differs').map(({ file }) => file)).toEqual(Object.keys(NAMED));
    expect(Object.keys(NAMED).length).toBeLessThanOrEqual(10);
  },
);

async function compared(recording: Recording): Promise<string[]> {
  const { file } = recording;
  if (/^describe-.*-/.test(file) || file.includes('describe-Custom')) return describeDifferences(file);
  if (file.startsWith('bulk-nut-')) return outcomeDifferences(file);
  const scene = SCENES[file] ?? sceneOf(recording);
  if (scene === undefined) return ['there is no scene for it'];
  const client = await Client.start(
    file === 'collections-insert-event.json' ? { describes: [EVENT()] } : scene.options,
  );
  try {
    const answer = await scene.play(client);
    return KEYS_ALONE.test(file) ? keyDifferences(file, answer) : differences(recorded(recording), told(file, answer));
  } finally {
    await client.emulator.stop();
  }
}

const EVENT = (): unknown => JSON.parse(read('describe-Event-cci.json'));

/** Documents about one org: their keys are compared, and what they list. */
const KEYS_ALONE = /^(?:identity|userinfo|versions|sobject-basic|limits|resources|token-password|query-page)/;

function keyDifferences(file: string, { json }: Answer): string[] {
  const document = JSON.parse(read(file)) as Record<string, object>;
  const emulated = json as Record<string, object>;
  if (!Array.isArray(document)) {
    const nested = Object.entries(document).filter(([, value]) => isKeyed(value));
    return [
      ...missing('', document, emulated),
      ...nested.flatMap(([key, value]) => missing(`${key}.`, value, emulated[key] ?? {})),
    ];
  }
  const known = new Set((json as unknown[]).map((item) => JSON.stringify(item)));
  return document
    .filter((item) => !known.has(JSON.stringify(item)))
    .map((item) => `${JSON.stringify(item)} is missing`);
}

function sceneOf({ file, kind, request = {} }: Recording): Scene | undefined {
  if (file === 'collections-upsert-email-mixed.json') {
    const { records } = request as { records: { Email: string }[] };
    return replayed(
      kind,
      request,
      records.slice(0, 3).map(({ Email }) => ({ LastName: 'x', Email })),
    );
  }
  const path = READS.find(([pattern]) => pattern.test(file))?.[1];
  if (path !== undefined) return replayed(`GET ${path}`, request);
  return Object.keys(request).length > 0 ? replayed(kind, request) : undefined;
}

const READS: readonly [pattern: RegExp, path: string][] = [
  [/^userinfo/, '/services/oauth2/userinfo'],
  [/^identity/, '/id/org/user'],
  [/^versions/, '/services/data'],
  [/^limits/, '/services/data/v62.0/limits'],
  [/^resources/, '/services/data/v62.0'],
  [/^sobject-basic/, '/services/data/v63.0/sobjects/Account/'],
];

/** Keys, and the values of the fields that both have. */
function describeDifferences(file: string): string[] {
  const document = unwrapped(JSON.parse(read(file)) as { result?: Described } & Described);
  // An org with person accounts is rehearsed with its own document.
  const schema = buildSchema(file.includes('PersonAccount') ? [document] : [], {});
  const type = schema.type(document.name);
  const example = type ?? schema.type('Account')!;
  const emulated: object = { ...example.document, childRelationships: [], urls: {} };
  const [field] = document.fields;
  const why = [...missing('', document, emulated), ...missing('field.', field ?? {}, example.document.fields[0] ?? {})];
  if (type === undefined || example.document.custom) return why;
  for (const { name, ...attributes } of document.fields) {
    const own = type.field(name) as Record<string, unknown> | undefined;
    if (!own || name.endsWith('__c')) continue;
    for (const key of COMPARED) {
      // The picklists of v48 were 40 long, those of v58 are 255.
      if (!(key in attributes) || (key === 'length' && own.type === 'picklist')) continue;
      const [there, here] = [JSON.stringify(attributes[key]), JSON.stringify(own[key])];
      if (there !== here) why.push(`${name}.${key}: ${there}, emulator ${here}`);
    }
  }
  return why;
}

const COMPARED = [
  ...['label', 'type', 'length', 'precision', 'scale', 'digits', 'createable', 'updateable', 'nillable'],
  ...['defaultedOnCreate', 'externalId', 'idLookup', 'unique', 'caseSensitive', 'calculated', 'autoNumber'],
  ...['relationshipName', 'restrictedPicklist', 'namePointing', 'soapType'],
];

interface Described {
  readonly name: string;
  readonly fields: readonly ({ readonly name: string } & Record<string, unknown>)[];
}

function unwrapped(document: { result?: Described } & Described): Described {
  return document.result ?? document;
}

/** What a client's tests against a live org asserted of a job. */
async function outcomeDifferences(file: string): Promise<string[]> {
  const isWidth = file.includes('row-width');
  const recordedCounts = JSON.parse(read(file)) as Record<string, unknown>;
  const client = await Client.start();
  try {
    const job = isWidth
      ? { object: 'Account', operation: 'insert' }
      : { object: 'Account', operation: 'upsert', externalIdFieldName: 'Id' };
    const csv = isWidth
      ? `Name\n${'x\nx,y\n'.repeat(5000)}`
      : 'NAME,TYPE,PHONE,WEBSITE,ANNUALREVENUE\nx,Other,1,x.com,1\n';
    const done = await client.load(job, csv);
    return ['state', 'numberRecordsProcessed', 'numberRecordsFailed']
      .filter((key) => key in recordedCounts && recordedCounts[key] !== done[key])
      .map((key) => `${key}: ${String(recordedCounts[key])}, emulator ${String(done[key])}`);
  } finally {
    await client.emulator.stop();
  }
}

function recorded({ file, status, headers }: Recording): Told {
  return { status: Number(status), headers, body: bodyOf(file, read(file)) };
}

function told(file: string, { status, headers, text }: Answer): Told {
  return { status, headers: Object.fromEntries(headers), body: bodyOf(file, text) };
}

/** CSV as its columns, by name without regard to order, with the cells of each. */
function bodyOf(file: string, text: string): unknown {
  if (text === '') return '';
  if (file.endsWith('.json')) return JSON.parse(text);
  if (!file.endsWith('.csv')) return text;
  const [names = [], ...cells] = parse(text, { relax_column_count: true });
  const sorted = cells.map((row) => row.join(',')).sort();
  const rows = cells.toSorted((a, b) => sorted.indexOf(a.join(',')) - sorted.indexOf(b.join(',')));
  return Object.fromEntries(names.map((name, column) => [name, rows.map((row) => row[column])]).sort());
}

function isKeyed(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function read(file: string): string {
  return readFileSync(join(FOLDER ?? '', file), 'utf8');
}
