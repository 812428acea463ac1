import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../helpers/emulator-client.js';

let client: Client;

beforeEach(async () => {
  client = await Client.start();
});

afterEach(() => client.emulator.stop());

async function ask(query: string): Promise<Record<string, unknown>[]> {
  const { json } = await client.get(`query?q=${encodeURIComponent(query)}`);
  return (json as { records: Record<string, unknown>[] }).records;
}

async function ruleId(name: string): Promise<string> {
  const [rule] = await ask(`SELECT Id FROM AssignmentRule WHERE Name = '${name}'`);
  return String(rule!.Id);
}

async function owners(type = 'Lead'): Promise<unknown[]> {
  const records = await ask(`SELECT Owner.Name FROM ${type}`);
  return records.map((record) => (record.Owner as { Name: string }).Name);
}

function write(method: string, type: string, record: string, assign?: string) {
  const typed = record.replace('{', `{"attributes":{"type":"${type}"},`);
  const headers = assign === undefined ? {} : { 'sforce-auto-assign': assign };
  return client.call(method, 'composite/sobjects', `{"records":[${typed}]}`, headers);
}

it('can be read as rows, one active rule for each sObject that has any', async () => {
  expect(await ask('SELECT Name, SobjectType, Active FROM AssignmentRule')).toMatchObject([
    { Name: 'Standard Leads', SobjectType: 'Lead', Active: true },
    { Name: 'Partner Leads', SobjectType: 'Lead', Active: false },
    { Name: 'Standard Cases', SobjectType: 'Case', Active: true },
    { Name: 'Night Cases', SobjectType: 'Case', Active: false },
  ]);
  expect(await ask("SELECT Id FROM AssignmentRule WHERE SobjectType = 'Lead' AND Active = true")).toMatchObject([
    { Id: expect.stringMatching(/^01Q\w{15}$/) as string },
  ]);
  const { elements } = await write('POST', 'AssignmentRule', '{"Name":"x"}');
  expect(elements).toMatchObject([
    { success: false, errors: [{ statusCode: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY' }] },
  ]);
});

describe('REST', () => {
  it.each([
    ['no header', undefined, 'Lead Queue'],
    ['TRUE', 'TRUE', 'Lead Queue'],
    ['FALSE', 'false', 'Loader'],
    ['a rule that is not active', 'Partner Leads', 'Partner Queue'],
  ])('gives a lead its owner: %s', async (_, header, owner) => {
    const assign = header === 'Partner Leads' ? await ruleId(header) : header;
    await write('POST', 'Lead', '{"LastName":"Poe","Company":"x"}', assign);
    expect(await owners()).toEqual([owner]);
  });

  it('runs the rule for changed records, too, and over the owner that a record names', async () => {
    const made = await write('POST', 'Lead', '{"LastName":"Poe","Company":"x"}', 'FALSE');
    const Id = made.elements[0]!.id!;
    const [user] = await ask('SELECT Id FROM User');
    await write('PATCH', 'Lead', JSON.stringify({ Id, OwnerId: user!.Id }));
    expect(await owners()).toEqual(['Lead Queue']);
    await write('PATCH', 'Lead', JSON.stringify({ Id, Title: 'Dr' }), 'FALSE');
    expect(await owners()).toEqual(['Lead Queue']);
    await write('PATCH', 'Lead', JSON.stringify({ Id, OwnerId: user!.Id }), 'FALSE');
    expect(await owners()).toEqual(['Loader']);
  });

  it('has rules for cases, and none for accounts', async () => {
    await client.call('POST', 'sobjects/Case', '{"Subject":"x"}');
    await client.call('POST', 'sobjects/Account', '{"Name":"x"}');
    expect([await owners('Case'), await owners('Account')]).toEqual([['Case Queue'], ['Loader']]);
  });

  it.each([
    ['nope', 'MALFORMED_ID'],
    ['01Q000000000009', 'INVALID_CROSS_REFERENCE_KEY'],
  ])('refuses %s', async (assign, errorCode) => {
    const answer = await write('POST', 'Lead', '{"LastName":"Poe","Company":"x"}', assign);
    expect([answer.status, answer.json]).toMatchObject([400, [{ errorCode }]]);
  });
});

describe('bulk', () => {
  const csv = 'LastName,Company\nPoe,x\n';

  it('runs a rule only where the job names it', async () => {
    await client.load({ object: 'Lead', operation: 'insert' }, csv);
    expect(await owners()).toEqual(['Loader']);
    const assignmentRuleId = await ruleId('Partner Leads');
    const job = await client.load({ object: 'Lead', operation: 'insert', assignmentRuleId }, csv);
    expect(job).toMatchObject({ assignmentRuleId });
    expect(await owners()).toEqual(['Loader', 'Partner Queue']);
  });

  it.each([
    ['Lead', '01Q000000000009'],
    ['Lead', 'Standard Cases'],
    ['Account', 'Standard Leads'],
  ])('refuses for %s the rule %s', async (object, rule) => {
    const assignmentRuleId = rule.startsWith('01Q') ? rule : await ruleId(rule);
    const job = JSON.stringify({ object, operation: 'insert', assignmentRuleId });
    const answer = await client.call('POST', 'jobs/ingest', job);
    expect([answer.status, answer.json]).toMatchObject([400, [{ errorCode: 'INVALIDJOB' }]]);
  });
});
