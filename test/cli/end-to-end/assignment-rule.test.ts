import { describe, expect, it } from 'vitest';
import { toLongId } from '../../../src/emulator/ids.js';
import { stage, type Stage } from '../stage.js';

const PARTNER_RULE = toLongId('01Q5e0000000002');

async function ownersOf(scene: Stage, sobject: string): Promise<unknown[]> {
  const { url, clientId, clientSecret } = scene.org;
  const body = new URLSearchParams({
    ...{ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
  });
  const token = (await (await fetch(`${url}/services/oauth2/token`, { method: 'POST', body })).json()) as {
    access_token: string;
  };
  const query = encodeURIComponent(`SELECT Owner.Name FROM ${sobject}`);
  const reply = await fetch(`${url}/services/data/v65.0/query?q=${query}`, {
    headers: { authorization: `Bearer ${token.access_token}` },
  });
  const { records } = (await reply.json()) as { records: { Owner: { Name: string } }[] };
  return records.map(({ Owner }) => Owner.Name);
}

async function ownerWith(mode: string, rule: string): Promise<unknown> {
  const scene = await stage([{ topic: 'leads', data: { LastName: 'Okafor', Company: 'Fern' } }]);
  scene.write(
    'sfreplay.yaml',
    `topic_mappings: [{topic: leads, sobject: Lead, operation: insert, mode: ${mode}${rule}}]\n`,
  );
  const { status } = await scene.run(['-c', 'sfreplay.yaml', '--bulk-poll-interval', '20ms', 'dump.ndjson']);
  expect(status).toBe(0);
  return (await ownersOf(scene, 'Lead'))[0];
}

describe('assignment_rule of a Lead', () => {
  it.each([
    ['realtime', '', 'Lead Queue'],
    ['bulk', '', 'Loader'],
    ['realtime', ', assignment_rule: true', 'Lead Queue'],
    ['bulk', ', assignment_rule: true', 'Lead Queue'],
    ['realtime', ', assignment_rule: false', 'Loader'],
    ['bulk', ', assignment_rule: "false"', 'Loader'],
    ['realtime', `, assignment_rule: ${PARTNER_RULE}`, 'Partner Queue'],
    ['bulk', `, assignment_rule: ${PARTNER_RULE}`, 'Partner Queue'],
  ])('%s%s: the owner is %s', async (mode, rule, owner) => {
    expect(await ownerWith(mode, rule)).toMatch(new RegExp(owner, 'i'));
  });
});

it.each([
  ['sobject: Contact, assignment_rule: true', 'is for Lead, Case and Account; found with Contact'],
  ['sobject: Account, mode: bulk, assignment_rule: true', 'is not for Account in bulk mode'],
  [`sobject: Account, assignment_rule: ${PARTNER_RULE}`, 'expected true or false for Account'],
  ['sobject: Lead, assignment_rule: maybe', 'expected true, false or the Id of an assignment rule'],
  ['sobject: Case, assignment_rule: true', 'conflicts with headers.sforce-auto-assign; give one of the two'],
])('{%s} is a configuration error', async (mapping, message) => {
  const scene = await stage([{ topic: 'a', data: {} }]);
  const headers = mapping.includes('Case') ? 'headers: {sforce-auto-assign: "FALSE"}\n' : '';
  scene.write('sfreplay.yaml', `${headers}topic_mappings: [{topic: a, operation: insert, ${mapping}}]\n`);
  const { status, stderr } = await scene.run(['-c', 'sfreplay.yaml', 'dump.ndjson']);
  expect(status).toBe(2);
  expect(stderr.replace(/\s+/g, ' ')).toContain(`topic_mappings[0].assignment_rule ${message}`);
});
