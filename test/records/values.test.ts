import { describe, expect, test } from 'vitest';
import { byHeader, planOf, takeAll, type PlanOptions } from '../writers/room.js';

/** The fields that are sent of one record, or the error code and message; and what was dropped. */
function shape(data: object | string, options: PlanOptions = {}) {
  const [taken] = takeAll(planOf({ operation: 'insert', ...options }), [data]);
  if (taken?.kind !== 'record' && taken?.kind !== 'rejected') throw new Error(`unexpected ${JSON.stringify(taken)}`);
  const dropped = taken.dropped.map(({ kind, name }) => (kind === 'unknown' ? `unknown ${name}` : name));
  if (taken.kind === 'record') return { sent: byHeader(taken.record.fields), dropped };
  return { code: taken.error.code, message: taken.error.message, dropped };
}

const cases: readonly [name: string, data: object | string, sent: object][] = [
  [
    'names match without regard to case and go out as the org spells them',
    { nAmE: 'x', NOTES__C: 'y' },
    { Name: 'x', Notes__c: 'y' },
  ],
  ['null clears', { Name: null, Amount__c: null, Due__c: null }, { Name: null, Amount__c: null, Due__c: null }],
  [
    'empty text clears, in every type',
    { Name: '', Count__c: '', Sent__c: '' },
    { Name: null, Count__c: null, Sent__c: null },
  ],
  ['blanks are a value like any other', { Name: ' ' }, { Name: ' ' }],
  ['a checkbox that is cleared is false', '{"Paid__c":null}', { Paid__c: false }],
  ['a checkbox that is emptied is false', { Paid__c: '' }, { Paid__c: false }],
  ['a boolean stays one for a checkbox', { Paid__c: true }, { Paid__c: true }],
  ['a boolean for a text is its text', { Name: false, Phone__c: true }, { Name: 'false', Phone__c: 'true' }],
  [
    'a number for a text is its text',
    { Name: 12, Notes__c: 1.5, Phone__c: -3 },
    { Name: '12', Notes__c: '1.5', Phone__c: '-3' },
  ],
  [
    'a long number for a text keeps its digits',
    '{"Name":12345678901234567890,"Phone__c":0.10}',
    { Name: '12345678901234567890', Phone__c: '0.10' },
  ],
  ['a number for a number stays one', { Amount__c: 12.5, Count__c: 3 }, { Amount__c: 12.5, Count__c: 3 }],
  [
    'a long number keeps its digits',
    '{"Amount__c":0.10,"Count__c":1e3}',
    { Amount__c: { digits: '0.10' }, Count__c: { digits: '1e3' } },
  ],
  ['a number for a date is left to the org', { Due__c: 20260101 }, { Due__c: 20260101 }],
  ['text for a number goes as it is', { Amount__c: '12.50' }, { Amount__c: '12.50' }],
  ['a list is joined', { Tags__c: ['a', ' b,c ', 2, true] }, { Tags__c: 'a; b,c ;2;true' }],
  ['a text with the separator stays', { Tags__c: 'a; b ;c' }, { Tags__c: 'a; b ;c' }],
  ['a list keeps digits', '{"Tags__c":[0.10,"x"]}', { Tags__c: '0.10;x' }],
  ['nothing in a list is passed over', { Tags__c: ['a', null, '', 'b'] }, { Tags__c: 'a;b' }],
  ['an empty list clears', { Name: 'a', Tags__c: [] }, { Name: 'a', Tags__c: null }],
  ['and so does a list of nothing', { Tags__c: [null, ''] }, { Tags__c: null }],
  [
    'attributes are metadata, however spelled',
    { attributes: { type: 'Order__c' }, Attributes: 1, Name: 'x' },
    { Name: 'x' },
  ],
  ['a reference by external id', { Account: { External_Id__c: 'A-1' } }, { 'Account.External_Id__c': 'A-1' }],
  [
    'a reference whose names are spelled otherwise',
    { aCCOUNT: { attributes: { type: 'Account' }, Ext__c: 'A' } },
    { 'Account.Ext__c': 'A' },
  ],
  ['a reference by a number is its text', '{"Account":{"Number__c":10.0}}', { 'Account.Number__c': '10.0' }],
  [
    'a polymorphic reference names its type',
    { Owner: { attributes: { type: 'User' }, Username: 'u@x' } },
    { 'User:Owner.Username': 'u@x' },
  ],
  ['null for a relationship clears the lookup', { Account: null, Owner: '' }, { AccountId: null, OwnerId: null }],
  [
    'null for the external id clears the lookup',
    { Account: { External_Id__c: null }, Owner: { Username: '' } },
    { AccountId: null, OwnerId: null },
  ],
  [
    'of a lookup and its empty reference the one that holds something',
    { AccountId: '001x', Account: null },
    { AccountId: '001x' },
  ],
  ['and in the other order', { Account: null, AccountId: '001x' }, { AccountId: '001x' }],
  ['of an empty lookup and its reference likewise', { AccountId: null, Account: { K: 'A' } }, { 'Account.K': 'A' }],
  ['an empty lookup and an empty reference clear once', { Account: null, AccountId: null }, { AccountId: null }],
  ['of two spellings the last one counts', '{"Name":"a","NAME":"b"}', { Name: 'b' }],
  ['even when it clears', '{"Name":"a","NAME":null}', { Name: null }],
];

describe('what is sent of a record', () => {
  test.each(cases)('%s', (_name, data, sent) => {
    expect(shape(data)).toEqual({ sent, dropped: [] });
    expect(Object.keys(shape(data).sent ?? {})).toEqual(Object.keys(sent));
    expect(shape(data, { mode: 'bulk' })).toEqual({ sent, dropped: [] });
  });

  test('records of other shapes in between change nothing', () => {
    const plan = planOf({ operation: 'insert' });
    const data = [
      { Name: 'a', Count__c: 1 },
      { Name: 'b' },
      { Count__c: 2, Name: 'c' },
      { Name: 'd', Notes__c: 'n' },
      { Name: 'e', Count__c: 3 },
    ];
    const taken = takeAll(plan, data);
    expect(taken.map((one) => one.kind === 'record' && byHeader(one.record.fields))).toEqual(data);
  });

  test('an empty relationship clears the lookup, whatever the record before looked like', () => {
    const taken = takeAll(planOf({ operation: 'insert' }), [
      { Name: 'a', AccountId: '001x' },
      { Account: null, Name: 'b' },
    ]);
    expect(taken.map((one) => one.kind === 'record' && byHeader(one.record.fields))).toEqual([
      { Name: 'a', AccountId: '001x' },
      { AccountId: null, Name: 'b' },
    ]);
  });

  test('records of one shape share their columns', () => {
    const plan = planOf({ operation: 'insert' });
    const [first, second] = takeAll(plan, [
      { Name: 'a', Count__c: 1 },
      { Name: 'b', Count__c: 2 },
    ]);
    if (first?.kind !== 'record' || second?.kind !== 'record') throw new Error('expected records');
    expect(second.record.fields.columns).toBe(first.record.fields.columns);
  });
});

const refused: readonly [name: string, data: object | string, words: string, options?: PlanOptions][] = [
  ['an object for a text', { Name: { a: 1 } }, 'Name holds an object'],
  ['an object for a number', { Amount__c: {} }, 'Amount__c holds an object'],
  ['a list of objects', { Tags__c: ['a', { b: 1 }] }, 'Tags__c holds an object in a list'],
  ['a list in a list', { Tags__c: [['a']] }, 'Tags__c holds a list in a list'],
  [
    'a list with the separator in a value',
    { Tags__c: ['a', 'b;c'] },
    'Tags__c holds a list with ; in the value b;c: it would become two values',
  ],
  ['the same without describe', { Tags__c: ['b;c'] }, 'a list with ; in the value', { policy: 'send' }],
  ['a list for a text', { Name: ['a'] }, 'Name holds a list, which only a multi-select picklist takes'],
  ['an empty list for a checkbox', { Paid__c: [] }, 'Paid__c holds a list, which only'],
  ['a list for a lookup', { AccountId: ['001x'] }, 'AccountId holds a list, which only'],
  ['a list for a relationship', { Account: ['A'] }, 'Account holds a plain value, which does not say'],
  ['a text for a relationship', { Account: 'A-1' }, 'Account holds a plain value, which does not say'],
  ['a number for a relationship', { Account: 1 }, 'Account holds a plain value'],
  ['a reference by a list', { Account: { K: ['A'] } }, 'no reference'],
  ['an object for a lookup', { AccountId: { External_Id__c: 'A' } }, 'AccountId holds an object'],
  ['a reference without a field', { Account: {} }, 'Account holds an object that is no reference'],
  ['a reference of attributes alone', { Account: { attributes: { type: 'Account' } } }, 'no reference'],
  ['a reference by two fields', { Account: { A__c: 1, B__c: 2 } }, 'no reference'],
  ['a reference by an object', { Account: { A__c: { b: 1 } } }, 'no reference'],
  ['a polymorphic reference without a type', { Owner: { Username: 'u' } }, '"attributes":{"type"'],
  ['two ways to one lookup', { AccountId: '001x', Account: { K: 'A' } }, 'a second value'],
  ['two references to one lookup', { Account: { K: 'A' }, ACCOUNT: { L: 'B' } }, 'a second value'],
  ['an object of an unknown name', { Name: 'x', Nothing: { a: 1 } }, 'no reference'],
  ['half a surrogate pair', '{"Name":"a\\ud83d"}', 'surrogate'],
  ['half a surrogate pair in a list', '{"Tags__c":["\\udc00"]}', 'surrogate'],
  ['half a surrogate pair in a reference', '{"Account":{"K":"\\ud83d"}}', 'surrogate'],
  ['#N/A in bulk, which would clear', { Name: '#N/A' }, '#N/A', { mode: 'bulk' }],
  ['#N/A as a reference in bulk', { Account: { K: '#N/A' } }, '#N/A', { mode: 'bulk' }],
  ['a key that is a list', { Key__c: ['a'] }, 'The key Key__c', { operation: 'upsert' }],
  ['a key that is an object', { KEY__C: { a: 1 } }, 'The key Key__c', { operation: 'upsert' }],
];

describe('what cannot be sent', () => {
  test.each(refused)('%s', (_name, data, words, options) => {
    const { code, message } = shape(data, options);
    expect(code).toBe('UNSUPPORTED_VALUE');
    expect(message).toContain(words);
  });

  test('#N/A is plain text in realtime', () => {
    expect(shape({ Name: '#N/A' }).sent).toEqual({ Name: '#N/A' });
  });

  test('a whole surrogate pair is fine', () => {
    expect(shape({ Name: '👍' }, { mode: 'bulk' }).sent).toEqual({ Name: '👍' });
  });
});

describe('a record that says nothing', () => {
  const blank = (message: string) => ({ code: 'NOTHING_TO_WRITE', message });

  test.each<[string, object, string, PlanOptions?]>([
    ['is empty', {}, 'The record is empty'],
    ['is metadata', { attributes: { type: 'Order__c' } }, 'The record is empty'],
    [
      'is an upsert by Id without one',
      { Id: ' ' },
      'The record is empty',
      { operation: 'upsert', externalIdField: 'Id' },
    ],
    ['is unknown', { a: 1, b: {} }, 'Nothing of the record can be written: unknown to Order__c: a, b'],
    [
      'is not writable',
      { CreatedDate: 1, Late__c: 2, a: 3 },
      'Nothing of the record can be written: unknown to Order__c: a; not writable by insert: CreatedDate, Late__c',
    ],
    [
      'is key and unknown',
      { Key__c: 'k', a: 1 },
      'Nothing of the record can be written: unknown to Order__c: a',
      { operation: 'upsert' },
    ],
    [
      'is Id and unknown',
      { Id: '001', a: 1 },
      'Nothing of the record can be written: unknown to Order__c: a',
      { operation: 'update' },
    ],
    ['is empty, without describe', {}, 'The record is empty', { policy: 'send' }],
    [
      'has names that look like others',
      { 'Name ': 1, 'Na\u200bme': 2, '\ufeffName': 3, 'Name\u00a0': 4 },
      'Nothing of the record can be written: unknown to Order__c: "Name ", Na<U+200B>me, <U+FEFF>Name, Name<U+00A0>',
    ],
  ])('%s', (_name, data, message, options) => {
    for (const mode of ['realtime', 'bulk'] as const)
      expect(shape(data, { ...options, mode })).toMatchObject(blank(message));
  });

  test('names many fields with a few', () => {
    const data = Object.fromEntries(Array.from({ length: 30 }, (_none, i) => [`f${i}`, 1]));
    expect(shape(data)).toMatchObject(
      blank('Nothing of the record can be written: unknown to Order__c: f0, f1, f2, f3, f4, f5, f6, f7 and 22 more'),
    );
  });

  test('is another than one that holds its key and nothing else', () => {
    expect(shape({ Key__c: 'k', attributes: {} }, { operation: 'upsert' }).sent).toEqual({ Key__c: 'k' });
    expect(shape({ Id: '001' }, { operation: 'update' }).sent).toEqual({ Id: '001' });
    expect(shape({ Id: '001', a: 1 }, { operation: 'delete' }).sent).toEqual({ Id: '001' });
  });

  test('and than one that clears a field', () => {
    expect(shape({ Name: null }).sent).toEqual({ Name: null });
    expect(shape({ Account: null, a: 1 }).sent).toEqual({ AccountId: null });
  });
});

describe('fields that cannot be written', () => {
  const data = {
    Name: 'x',
    createddate: '2026-01-01',
    Ghost__c: 1,
    CreatedBy: { attributes: { type: 'User' }, Name: 'Jo' },
    BillingAddress: { city: 'A' },
  };

  test('drop: they are left out and told by the name of the org', () => {
    expect(shape(data)).toEqual({
      sent: { Name: 'x' },
      dropped: ['CreatedDate', 'unknown Ghost__c', 'CreatedBy', 'BillingAddress'],
    });
  });

  test('drop: one name is told once a record', () => {
    expect(shape('{"Name":"x","CreatedDate":1,"createddate":2}').dropped).toEqual(['CreatedDate']);
  });

  test('fail: the record fails with all of them', () => {
    expect(shape({ Name: 'x', createddate: 1, Ghost__c: 2 }, { policy: 'fail' })).toEqual({
      code: 'UNWRITABLE_FIELD',
      message: 'Not sent: unknown to Order__c: Ghost__c; not writable by insert: CreatedDate',
      dropped: [],
    });
  });

  test.each([
    ['insert', { Once__c: 1, Late__c: 2, Id: '001' }, ['Late__c', 'Id'], ['Once__c']],
    ['update', { Once__c: 1, Late__c: 2, Id: '001' }, ['Once__c'], ['Late__c', 'Id']],
    ['upsert', { Once__c: 1, Late__c: 2, Id: '001', Key__c: 'k' }, ['Id'], ['Once__c', 'Late__c', 'Key__c']],
    ['delete', { Once__c: 1, CreatedDate: 2, Ghost: {}, Id: '001' }, [], ['Id']],
  ] as const)('%s', (operation, record, dropped, sent) => {
    const shaped = shape(record, { operation });
    expect(shaped.dropped).toEqual(dropped);
    expect(Object.keys(shaped.sent ?? {})).toEqual(sent);
    if (dropped.length > 0) expect(shape(record, { operation, policy: 'fail' }).code).toBe('UNWRITABLE_FIELD');
  });

  test('a reference goes where its lookup goes', () => {
    const record = { Id: '001', Master__r: { K: 'A' } };
    expect(shape({ ...record, Name: 'x' }, { operation: 'update' })).toEqual({
      sent: { Id: '001', Name: 'x' },
      dropped: ['Master__r'],
    });
    expect(shape({ Master__r: { K: 'A' } })).toEqual({ sent: { 'Master__r.K': 'A' }, dropped: [] });
  });

  test('the key stays although it cannot be written', () => {
    const shaped = shape({ ID: '001', Name: 'x' }, { operation: 'upsert', externalIdField: 'id', policy: 'fail' });
    expect(shaped.sent).toEqual({ Id: '001', Name: 'x' });
  });
});

describe('without describe (send)', () => {
  const send = (data: object | string, options: PlanOptions = {}) => shape(data, { policy: 'send', ...options });

  test('everything goes out as it is written, but for attributes', () => {
    expect(send('{"name":12,"CreatedDate":"x","Ghost":0.10,"attributes":{},"Paid__c":null,"T":["a","b"]}')).toEqual({
      sent: { name: 12, CreatedDate: 'x', Ghost: { digits: '0.10' }, Paid__c: null, T: 'a;b' },
      dropped: [],
    });
  });

  test('an object of one field is taken for a reference, with the type that it names', () => {
    const data = { Account: { K: 'A' }, Who: { attributes: { type: 'Lead' }, Email: 'e' } };
    expect(send(data).sent).toEqual({ 'Account.K': 'A', 'Lead:Who.Email': 'e' });
  });

  test('an empty reference is sent, since the lookup that it clears is not known', () => {
    expect(send({ Account: { K: null }, Parent__r: null }).sent).toEqual({ 'Account.K': null, Parent__r: null });
  });

  test('an object of several fields is no reference', () => {
    expect(send({ BillingAddress: { city: 'A', street: 'B' } }).code).toBe('UNSUPPORTED_VALUE');
  });

  test('the key goes by its configured name', () => {
    expect(send({ KEY__c: 'k' }, { operation: 'upsert', externalIdField: 'Key__c' }).sent).toEqual({ Key__c: 'k' });
    expect(send({ iD: '001' }, { operation: 'update' }).sent).toEqual({ Id: '001' });
    expect(send({ Key__c: { a: 1 } }, { operation: 'upsert', externalIdField: 'Key__c' }).code).toBe(
      'UNSUPPORTED_VALUE',
    );
  });
});

describe('names that objects have by nature', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is an unknown field', (name) => {
    expect(shape(`{"Name":"x","${name}":"y"}`)).toEqual({ sent: { Name: 'x' }, dropped: [`unknown ${name}`] });
    const [taken] = takeAll(planOf({ operation: 'insert', policy: 'send' }), [`{"${name}":"y"}`]);
    expect(taken?.kind === 'record' && taken.record.fields.columns.map(({ header }) => header)).toEqual([name]);
  });
});

describe('keys', () => {
  test('an upsert by Id without an Id inserts: the key is absent, not cleared', () => {
    for (const id of [null, '', '  ']) {
      const options = { operation: 'upsert', externalIdField: 'Id' } as const;
      expect(shape({ Id: id, Name: 'x' }, options)).toEqual({ sent: { Name: 'x' }, dropped: [] });
    }
  });

  test('a delete refuses an Id that would name other records, too', () => {
    const ids = 'a00000000000001AAA,a00000000000002AAA';
    expect(shape({ Id: ids }, { operation: 'delete' })).toMatchObject({
      code: 'MALFORMED_ID',
      message: `malformed id ${ids}`,
    });
    expect(shape({ Id: ' a00000000000001AAA ' }, { operation: 'delete' }).sent).toEqual({ Id: ' a00000000000001AAA ' });
    expect(shape({ Id: ids }, { operation: 'update' }).sent).toEqual({ Id: ids });
  });

  test('a delete refuses the Id of another sObject, which the call would delete all the same', () => {
    expect(shape({ Id: '003000000000001AAA' }, { operation: 'delete' })).toMatchObject({
      code: 'MALFORMED_ID',
      message: 'Order__c ID: id value of incorrect type: 003000000000001AAA',
    });
    expect(shape({ Id: '003000000000001AAA' }, { operation: 'delete', policy: 'send' }).sent).toEqual({
      Id: '003000000000001AAA',
    });
  });
});
