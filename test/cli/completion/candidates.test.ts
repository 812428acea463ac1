import { expect, it } from 'vitest';
import { mappingCandidates, topicCandidates } from '../../../src/cli/completion/complete.js';

const mappings = [
  { topic: 'accounts', sobject: 'Account', externalIdField: 'External_Id__c' },
  { topic: 'more', sobject: 'Account', externalIdField: '' },
  { topic: 'contacts', sobject: 'Contact', externalIdField: 'Key__c' },
  { topic: '', sobject: '', externalIdField: '' },
];

it('topics are those of the configuration', () => {
  expect(topicCandidates(mappings)).toEqual(['accounts', 'more', 'contacts']);
});

it.each([
  ['', ['accounts=', 'more=', 'contacts=']],
  ['x=', ['x=Account:', 'x=Contact:']],
  ['x=Le', ['x=Account:', 'x=Contact:']],
  ['x=Account:', ['x=Account:insert:', 'x=Account:update:', 'x=Account:upsert:', 'x=Account:delete:']],
  ['x=Account:upsert:', ['x=Account:upsert:External_Id__c:']],
  ['x=Lead:upsert:', ['x=Lead:upsert:External_Id__c:', 'x=Lead:upsert:Key__c:']],
  ['x=Account:insert::b', ['x=Account:insert::realtime', 'x=Account:insert::bulk']],
  ['x=Account:insert::bulk:', []],
])('--map %s goes on as %j', (value, candidates) => {
  expect(mappingCandidates(mappings, value)).toEqual(candidates);
});

it('nothing is known without a configuration but what always is', () => {
  expect(mappingCandidates([], 'x=')).toEqual([]);
  expect(mappingCandidates([], 'x=A:upsert:')).toEqual([]);
});
