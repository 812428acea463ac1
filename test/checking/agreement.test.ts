import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Summary, TopicSummary } from '../../src/accounting/summary.js';
import type { CheckedTopic } from '../../src/accounting/check-report.js';
import { check } from '../../src/checking/check.js';
import { settingsFromObject } from '../../src/config/load.js';
import { Emulator } from '../../src/emulator/index.js';
import { fromLines } from '../../src/input/from-lines.js';
import type { Mode, Operation } from '../../src/core/record.js';
import { replay } from '../../src/replay/replay.js';
import { Chance } from '../model/random.js';

/**
 * The check and the emulator share no code, so each is held against the other: what the check says would fail must fail,
 * and what the org refuses for a reason that describe tells, the check must have foreseen.
 */
const FORESEEABLE = new Set([
  'JSON_PARSER_ERROR',
  'INVALID_FIELD',
  'REQUIRED_FIELD_MISSING',
  'STRING_TOO_LONG',
  'TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET',
  'NUMBER_OUTSIDE_VALID_RANGE',
  'INVALID_EMAIL_ADDRESS',
  'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
  'TOO_MANY_ENUM_VALUE',
  'MALFORMED_ID',
  'FIELD_INTEGRITY_EXCEPTION',
]);

const YEARS = ['0001-01-01', '1699-12-31', '1700-01-01', '4000-12-31', '4001-01-01', '9999-12-31T23:59:59Z'];
const DATES = [
  '2025-12-31',
  '2025-02-29',
  '2024-02-29',
  '31/12/2025',
  '2025-1-1',
  '2025-12-31T00:00:00Z',
  '',
  ' ',
  ...YEARS,
];
const MOMENTS = ['2025-12-31T23:59:59Z', '2025-12-31T23:59:59.123+02:00', '2025-12-31 23:59:59', '2025-12-31T23:59:59'];
const NUMBERS = [
  '"12"',
  '"x"',
  '" 1"',
  '1e3',
  '0.10',
  '99999.995',
  '12345678901234567890',
  '-7',
  'true',
  '1.50',
  '[1]',
];

/** Values as JSON text, by the field that they are for. */
const POOLS: Readonly<Record<string, readonly [sobject: string, values: readonly string[]]>> = {
  Name: ['Account', [...texts(255), 'null', '7', 'true']],
  Phone: ['Account', texts(40)],
  Description: ['Account', texts(32_000)],
  AnnualRevenue: ['Account', [...NUMBERS, '999999999999999999', '999999999999999999.5']],
  NumberOfEmployees: ['Account', [...NUMBERS, '99999999', '100000000', '2147483648']],
  Exact_Number__c: ['Account', [...NUMBERS, '99999999999999999999', '100000000000000000000']],
  Tier__c: ['Account', ['"Gold"', '"gold"', '" Gold "', '"Lead"', '""', 'null', '1']],
  Industry: ['Account', ['"Energy"', '"Alchemy"', ...texts(255)]],
  Regions__c: [
    'Account',
    ['"EMEA"', '["EMEA","APAC"]', '"EMEA; APAC"', '"EMEA;MOON"', '[]', `"${'EMEA;'.repeat(100)}EMEA"`],
  ],
  Active__c: ['Account', ['true', 'false', '"true"', '"yes"', '1', '0', 'null', '""', '"TRUE"']],
  Since__c: ['Account', [...DATES.map((text) => JSON.stringify(text)), '20251231', 'null']],
  Last_Order__c: ['Account', [...MOMENTS, ...DATES].map((text) => JSON.stringify(text))],
  ParentId: [
    'Account',
    ['"001"', '"{ID}"', '" {ID}"', '"003000000000000AAA"', '"0015500001qdqwaAAN"', '" "', 'null', '5'],
  ],
  OwnerId: ['Account', ['"001"', 'null', '""']],
  Customer_Number__c: ['Account', NUMBERS],
  Cutoff__c: ['Invoice__c', ['"23:59:59Z"', '"23:59:59.5Z"', '"23:59"', '"24:00:00Z"', '5']],
  Discount__c: ['Invoice__c', [...NUMBERS, '999.994', '999.995', '1000']],
  Contact_Email__c: [
    'Invoice__c',
    ['"a@b.c"', '"a@b"', '" a@b.c "', '"a b@c.d"', '"a@b.c;d@e.f"', `"${'a'.repeat(79)}@b.c"`],
  ],
  Secret__c: ['Invoice__c', texts(50)],
  Account__c: ['Invoice__c', ['"{ID}"', '"500000000000000AAA"', '"x"', 'null']],
};

function texts(length: number): string[] {
  const all = [
    'x',
    '',
    '  ',
    'x'.repeat(length),
    'x'.repeat(length + 1),
    `  ${'x'.repeat(length)}  `,
    'a\u0001b',
    'a\r\nb',
  ];
  return all.map((text) => JSON.stringify(text));
}

interface Trial {
  readonly topic: string;
  readonly sobject: string;
  readonly operation: Operation;
  readonly json: string;
}

/** One record a topic, so that each has a verdict of its own. */
function trials(chance: Chance, accountId: string): Trial[] {
  return Object.entries(POOLS).flatMap(([field, [sobject, values]]) =>
    values.map((value, i) => {
      const topic = `${field}-${i}`;
      const needed = sobject === 'Account' ? { Name: '"Corvo"' } : { Account__c: JSON.stringify(accountId) };
      const others = chance.happens(0.1) ? {} : needed;
      const given = { ...others, [field]: value.replace('{ID}', accountId), External_Id__c: JSON.stringify(topic) };
      const json = `{${Object.entries(given)
        .map(([name, text]) => `"${name}":${text}`)
        .join(',')}}`;
      return { topic, sobject, operation: chance.pick(['insert', 'upsert'] as const), json };
    }),
  );
}

async function playBoth(all: readonly Trial[], emulator: Emulator, mode: Mode) {
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-agreement-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const settings = settingsFromObject({
    org_url: emulator.url,
    access_token: emulator.issueToken(),
    bulk_poll_interval: '5ms',
    max_in_flight: 4,
    failures_file: join(folder, 'failed.ndjson'),
    topic_mappings: all.map(({ topic, sobject, operation }) => ({
      ...{ topic, sobject, operation, mode },
      ...(operation === 'upsert' && { external_id_field: 'External_Id__c' }),
    })),
  });
  const lines = all.map(({ topic, json }) => `{"topic":"${topic}","data":${json}}`);
  const report = await check({ settings, input: fromLines(lines) });
  const summary: Summary = await replay({ settings, input: fromLines(lines), runId: 'agreement' });
  return all.map((trial, i) => ({
    trial,
    foreseen: report.topics[i] as CheckedTopic,
    happened: summary.topics[i] as TopicSummary,
  }));
}

describe.each<Mode>(['realtime', 'bulk'])('in %s', (mode) => {
  test.each([1, 2])('check and org agree (seed %i)', async (seed) => {
    const emulator = await Emulator.start({ bulk: { queueMs: 0 } });
    onTestFinished(() => emulator.stop());
    const parent = [{ topic: 'parent', sobject: 'Account', operation: 'insert', json: '{"Name":"Parent"}' }] as const;
    await playBoth(parent, emulator, 'realtime');
    const accountId = emulator.records('Account')[0]!.Id;

    const both = await playBoth(trials(new Chance(seed), accountId), emulator, mode);

    const isForeseen = ({ would_fail: would, may_fail: may }: CheckedTopic): boolean => (would ?? 0) + (may ?? 0) > 0;
    const falseAlarms = both.filter(({ foreseen, happened }) => foreseen.would_fail === 1 && happened.failed === 0);
    expect(falseAlarms.map(({ trial, foreseen }) => [trial.json, foreseen.errors[0]?.example])).toEqual([]);
    const surprises = both.filter(
      ({ foreseen, happened }) => happened.errors.some(({ code }) => FORESEEABLE.has(code)) && !isForeseen(foreseen),
    );
    expect(surprises.map(({ trial, happened }) => [trial.json, happened.errors[0]?.example])).toEqual([]);

    // Where one thing is wrong, both call it by one name.
    const single = both.filter(({ foreseen }) => foreseen.would_fail === 1 && foreseen.possible_errors.length === 0);
    const codes = (errors: readonly { code: string }[]): string[] => errors.map(({ code }) => code);
    expect(single.map(({ foreseen }) => codes(foreseen.errors))).toEqual(
      single.map(({ happened }) => codes(happened.errors)),
    );
    // And the trials were worth it.
    const refused = new Set(both.flatMap(({ happened }) => codes(happened.errors)));
    const typeError = mode === 'bulk' ? 'JSON_PARSER_ERROR' : 'INVALID_FIELD';
    expect([...FORESEEABLE].filter((code) => !refused.has(code))).toEqual([typeError]);
    expect(both.filter(({ happened }) => happened.succeeded === 1).length).toBeGreaterThan(60);
  });
});
