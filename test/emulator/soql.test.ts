import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../helpers/emulator-client.js';

let client: Client;
const ids: Record<string, string> = {};

type Found = { totalSize: number; done: boolean; records: Record<string, unknown>[]; nextRecordsUrl?: string };

beforeAll(async () => {
  client = await Client.start();
  await create('Account', [
    '{"Name":"Fern","External_Id__c":"A-1","Legacy_Code__c":"x","Segment_Code__c":"S","AnnualRevenue":912260031,"Regions__c":"APAC;EMEA","BillingCity":"Ulm","BillingLatitude":48.4,"Tier__c":"Gold","Since__c":"2020-02-03"}',
    '{"Name":"ash","External_Id__c":"a-2","Legacy_Code__c":"X","Segment_Code__c":"s","NumberOfEmployees":5,"AnnualRevenue":5,"Last_Order__c":"2026-01-02T04:04:05+01:00","Regions__c":"AMER","Tier__c":"Gold"}',
  ]);
  await create('Account', [
    '{"Name":"Oak%","External_Id__c":"Ä-3","NumberOfEmployees":12,"ParentId":"@Fern","Active__c":true}',
  ]);
  await create('Contact', [
    '{"LastName":"Ito","FirstName":"Mai","AccountId":"@Fern","External_Id__c":"C-1","Score__c":1.5}',
    '{"LastName":"Ray","AccountId":"@Fern","Score__c":2}',
    '{"LastName":"Kim","AccountId":"@ash"}',
  ]);
  await create('Lead', ['{"LastName":"Poe","Company":"x"}']);
  await create('Task', [
    '{"Subject":"a","WhatId":"@Fern","WhoId":"@Ito"}',
    '{"Subject":"b","WhatId":"@ash"}',
    '{"Subject":"c","WhoId":"@Poe"}',
  ]);
  await create('Account', ['{"Name":"gone"}']);
  await client.call('DELETE', `sobjects/Account/${ids.gone}`);
});

afterAll(() => client.emulator.stop());

/** `@name` stands for the Id of what was made before under this name, last name or subject. */
async function create(type: string, records: string[]): Promise<void> {
  const filled = records.map((record) => record.replace(/@(\w+)/g, (_, name: string) => ids[name] ?? name));
  const { elements } = await client.collection('POST', type, filled);
  filled.forEach((record, index) => {
    const { Name, LastName, Subject } = JSON.parse(record) as Record<string, string>;
    ids[(Name ?? LastName ?? Subject)!.replace('%', '')] = elements[index]!.id!;
  });
}

async function ask(query: string, resource = 'query'): Promise<Found> {
  const filled = query.replace(/@(\w+)/g, (_, name: string) => ids[name] ?? name);
  const answer = await client.get(`${resource}?q=${encodeURIComponent(filled)}`);
  expect(answer.json).toHaveProperty('totalSize');
  return answer.json as Found;
}

async function refused(query: string): Promise<{ message: string; errorCode: string }> {
  const answer = await client.get(`query?q=${encodeURIComponent(query)}`);
  expect(answer.status).toBe(400);
  return (answer.json as { message: string; errorCode: string }[])[0]!;
}

function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'attributes');
  return Object.fromEntries(entries.map(([key, one]) => [key, bare(one)]));
}

describe('conditions', () => {
  it.each([
    ["External_Id__c IN ('A-2', 'ä-3', 'none')", ['ash', 'Oak%']],
    ["Legacy_Code__c = 'x'", ['Fern']],
    ["Segment_Code__c = 's'", ['Fern', 'ash']],
    ["Name = 'FERN'", ['Fern']],
    ["Id = '@Fern' AND Name = 'ash'", []],
    ["Id IN ('@Fern', '@ash')", ['Fern', 'ash']],
    ['NumberOfEmployees = null', ['Fern']],
    ['NumberOfEmployees != 5', ['Fern', 'Oak%']],
    ['NumberOfEmployees <> 5 AND NumberOfEmployees > 1e1', ['Oak%']],
    ["Name NOT IN ('Fern')", ['ash', 'Oak%']],
    ["NOT Name LIKE 'f%'", ['ash', 'Oak%']],
    ["Name LIKE '_ak\\%'", ['Oak%']],
    ["Name LIKE 'O\\%'", []],
    ["(Name = 'Fern' OR Name = 'ash') AND NumberOfEmployees = 5", ['ash']],
    ['Active__c = TRUE', ['Oak%']],
    ['Since__c = 2020-02-03', ['Fern']],
    ['Since__c < TODAY', ['Fern']],
    ['Last_Order__c >= 2026-01-02T03:04:05Z', ['ash']],
    ['Last_Order__c > 2026-01-02T03:04:05.000+00:00', []],
    ['CreatedDate = TODAY', ['Fern', 'ash', 'Oak%']],
    ['CreatedDate < LAST_N_DAYS:7', []],
    ["Regions__c INCLUDES ('EMEA;APAC', 'LATAM')", ['Fern']],
    ["Regions__c INCLUDES ('amer')", ['ash']],
    ["Regions__c EXCLUDES ('AMER')", ['Fern', 'Oak%']],
    ["Parent.Name = 'fern'", ['Oak%']],
    ["Parent.External_Id__c = 'A-1'", ['Oak%']],
    ["Id IN (SELECT AccountId FROM Contact WHERE LastName = 'Kim')", ['ash']],
    ['Id NOT IN (SELECT AccountId FROM Contact)', ['Oak%']],
    ["ParentId = '@Fern'", ['Oak%']],
  ])('%s', async (where, names) => {
    const { records } = await ask(`SELECT Name FROM Account WHERE ${where} ORDER BY CreatedDate, Id`);
    expect(records.map((record) => record.Name)).toEqual(names);
  });
});

describe('what is selected', () => {
  it.each<[string, unknown]>([
    [
      "SELECT External_Id__c, AnnualRevenue, NumberOfEmployees, Regions__c, Since__c, Active__c, Parent.Name FROM Account WHERE Name = 'Fern'",
      [
        {
          External_Id__c: 'A-1',
          AnnualRevenue: 912_260_031,
          NumberOfEmployees: null,
          Regions__c: 'EMEA;APAC',
          Since__c: '2020-02-03',
          Active__c: false,
          Parent: null,
        },
      ],
    ],
    ["SELECT Last_Order__c FROM Account WHERE Name = 'ash'", [{ Last_Order__c: '2026-01-02T03:04:05.000+0000' }]],
    [
      "SELECT Account.External_Id__c, Account.Owner.Username, LastName, Account.Name FROM Contact WHERE LastName = 'Ito'",
      [
        {
          Account: { External_Id__c: 'A-1', Owner: { Username: 'loader@emulator.example' }, Name: 'Fern' },
          LastName: 'Ito',
        },
      ],
    ],
    [
      "SELECT BillingAddress FROM Account WHERE Name = 'Fern'",
      [
        {
          BillingAddress: {
            street: null,
            city: 'Ulm',
            state: null,
            postalCode: null,
            country: null,
            latitude: 48.4,
            longitude: null,
          },
        },
      ],
    ],
    [
      "SELECT c.LastName, a.Name FROM Contact c, c.Account a WHERE c.LastName = 'Kim'",
      [{ LastName: 'Kim', Account: { Name: 'ash' } }],
    ],
    ["SELECT Contact.LastName FROM Contact WHERE Contact.Account.Name = 'ash'", [{ LastName: 'Kim' }]],
    [
      'SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName DESC LIMIT 1), (SELECT Name FROM ChildAccounts) FROM Account WHERE ParentId = null ORDER BY Name',
      [
        { Name: 'ash', Contacts: { totalSize: 1, done: true, records: [{ LastName: 'Kim' }] }, ChildAccounts: null },
        {
          Name: 'Fern',
          Contacts: { totalSize: 1, done: true, records: [{ LastName: 'Ray' }] },
          ChildAccounts: { totalSize: 1, done: true, records: [{ Name: 'Oak%' }] },
        },
      ],
    ],
    [
      'SELECT Subject, What.Name, What.Type, Who.Name FROM Task ORDER BY Subject',
      [
        { Subject: 'a', What: { Name: 'Fern', Type: 'Account' }, Who: { Name: 'Mai Ito' } },
        { Subject: 'b', What: { Name: 'ash', Type: 'Account' }, Who: null },
        { Subject: 'c', What: null, Who: { Name: 'Poe' } },
      ],
    ],
    [
      'SELECT TYPEOF Who WHEN Contact THEN External_Id__c, LastName ELSE Name END FROM Task ORDER BY Subject',
      [{ Who: { External_Id__c: 'C-1', LastName: 'Ito' } }, { Who: null }, { Who: { Name: 'Poe' } }],
    ],
    [
      'SELECT TYPEOF Who WHEN Contact THEN LastName END FROM Task ORDER BY Subject',
      [{ Who: { LastName: 'Ito' } }, { Who: null }, { Who: null }],
    ],
    ['SELECT Owner.Name, Owner.Username FROM Lead', [{ Owner: { Name: 'Lead Queue', Username: null } }]],
    ['SELECT Username, Name FROM User', [{ Username: 'loader@emulator.example', Name: 'Loader' }]],
    [
      'SELECT Name, IsSandbox, NamespacePrefix FROM Organization',
      [{ Name: 'Emulator', IsSandbox: false, NamespacePrefix: null }],
    ],
    ['SELECT Name FROM Account ORDER BY NumberOfEmployees DESC LIMIT 2', [{ Name: 'Fern' }, { Name: 'Oak%' }]],
    ['SELECT Name FROM Account ORDER BY NumberOfEmployees NULLS LAST OFFSET 1', [{ Name: 'Oak%' }, { Name: 'Fern' }]],
    ['SELECT Name FROM Account ORDER BY Name LIMIT 1 FOR VIEW', [{ Name: 'ash' }]],
  ])('%s', async (query, records) => {
    expect(bare((await ask(query)).records)).toEqual(records);
  });

  it('names the kind of each record, Name behind a polymorphic lookup', async () => {
    const { records } = await ask(
      "SELECT Id, What.Name, TYPEOF Who WHEN Contact THEN Id END FROM Task WHERE Subject = 'a'".replace(
        ' Account.Name,',
        '',
      ),
    );
    expect(records).toMatchObject([
      {
        attributes: { type: 'Task', url: `/services/data/v62.0/sobjects/Task/${ids.a}` },
        What: { attributes: { type: 'Name', url: `/services/data/v62.0/sobjects/Account/${ids.Fern}` } },
        Who: { attributes: { type: 'Contact' } },
      },
    ]);
  });

  it('writes numbers with decimals as doubles', async () => {
    const answer = await client.get(
      'query?q=SELECT+AnnualRevenue,NumberOfEmployees+FROM+Account+ORDER+BY+CreatedDate,Id',
    );
    expect(answer.text).toContain('"AnnualRevenue":9.12260031E8,"NumberOfEmployees":null');
    expect(answer.text).toContain('"AnnualRevenue":5.0,"NumberOfEmployees":5}');
  });

  it('knows groups of fields', async () => {
    const [all] = (await ask('SELECT FIELDS(ALL) FROM Account LIMIT 1')).records;
    const [custom] = (await ask('SELECT Id, FIELDS(CUSTOM) FROM Account LIMIT 200')).records;
    expect(Object.keys(all!)).toEqual(expect.arrayContaining(['Id', 'Name', 'External_Id__c', 'BillingAddress']));
    expect(Object.keys(custom!).filter((name) => !name.endsWith('__c'))).toEqual(['attributes', 'Id']);
    expect(Object.keys((await ask('SELECT FIELDS(STANDARD) FROM Account')).records[0]!)).not.toContain(
      'External_Id__c',
    );
  });

  it('shows deleted records to queryAll alone', async () => {
    expect((await ask("SELECT Id FROM Account WHERE Name = 'gone'")).totalSize).toBe(0);
    const { records } = await ask("SELECT Id, IsDeleted FROM Account WHERE Id = '@gone'", 'queryAll');
    expect(bare(records)).toEqual([{ Id: ids.gone, IsDeleted: true }]);
  });
});

describe('aggregates', () => {
  it.each<[string, unknown]>([
    ['SELECT COUNT(Id) FROM Account', [{ expr0: 3 }]],
    [
      'SELECT COUNT(NumberOfEmployees) n, SUM(NumberOfEmployees) s, AVG(NumberOfEmployees) FROM Account',
      [{ n: 2, s: 17, expr0: 8.5 }],
    ],
    [
      'SELECT MIN(Name), MAX(AnnualRevenue) m, COUNT_DISTINCT(Tier__c) t FROM Account',
      [{ expr0: 'ash', m: 912_260_031, t: 1 }],
    ],
    [
      'SELECT Account.Name, COUNT(Id) total FROM Contact GROUP BY Account.Name ORDER BY COUNT(Id) DESC',
      [
        { Name: 'Fern', total: 2 },
        { Name: 'ash', total: 1 },
      ],
    ],
    [
      'SELECT Account.Name n, COUNT(Id) total FROM Contact GROUP BY Account.Name HAVING COUNT(Id) > 1',
      [{ n: 'Fern', total: 2 }],
    ],
    ['SELECT Tier__c FROM Account GROUP BY Tier__c ORDER BY Tier__c NULLS LAST LIMIT 1', [{ Tier__c: 'Gold' }]],
  ])('%s', async (query, records) => {
    const found = await ask(query);
    expect(bare(found.records)).toEqual(records);
    expect(found.records[0]).toMatchObject({ attributes: { type: 'AggregateResult' } });
  });

  it('counts', async () => {
    expect(await ask("SELECT COUNT() FROM Contact WHERE Account.Name = 'Fern'")).toEqual({
      totalSize: 2,
      done: true,
      records: [],
    });
  });
});

describe('refusals', () => {
  it.each([
    [
      'SELECT Id,Name,BillingCity,IsDeleted FROM Accout',
      'INVALID_TYPE',
      "\nName,BillingCity,IsDeleted FROM Accout\n                                ^\nERROR at Row:1:Column:43\nsObject type 'Accout' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
    ],
    [
      'SELECT Id, Nope FROM Account',
      'INVALID_FIELD',
      "\nSELECT Id, Nope FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'Nope' on entity 'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
    ],
  ])('%s', async (query, errorCode, message) => {
    expect(await refused(query)).toEqual({ errorCode, message });
  });

  it.each([
    ['SELECT Foo.Name FROM Account', 'INVALID_FIELD', "Didn't understand relationship 'Foo' in field path."],
    [
      'SELECT (SELECT Id FROM Foos) FROM Account',
      'INVALID_TYPE',
      "Didn't understand relationship 'Foos' in FROM part of query call.",
    ],
    ['SELECT What.External_Id__c FROM Task', 'INVALID_FIELD', "No such column 'External_Id__c' on entity 'Name'."],
    [
      "SELECT Id FROM Account WHERE NumberOfEmployees = '5'",
      'INVALID_FIELD',
      "value of filter criterion for field 'NumberOfEmployees' must be of type int and should not be enclosed in quotes",
    ],
    [
      "SELECT Id FROM Account WHERE AnnualRevenue IN ('5')",
      'INVALID_FIELD',
      "value of filter criterion for field 'AnnualRevenue' must be of type double and should not be enclosed in quotes",
    ],
    [
      "SELECT Id FROM Account WHERE CreatedDate > '2026-01-02'",
      'INVALID_FIELD',
      "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
    ],
    [
      'SELECT Id FROM Account WHERE Name = 5',
      'INVALID_FIELD',
      "value of filter criterion for field 'Name' must be of type string and should be enclosed in quotes",
    ],
    [
      "SELECT Id FROM Account WHERE Description = 'x'",
      'INVALID_FIELD',
      "field 'Description' can not be filtered in a query call",
    ],
    [
      'SELECT Id FROM Account ORDER BY Description',
      'INVALID_FIELD',
      "field 'Description' can not be sorted in a query call",
    ],
    [
      'SELECT Description FROM Account GROUP BY Description',
      'INVALID_FIELD',
      "field 'Description' can not be grouped in a query call",
    ],
    ["SELECT Id FROM Account WHERE Id = 'x'", 'INVALID_QUERY_FILTER_OPERATOR', 'invalid ID field: x'],
    ['SELECT Name, COUNT(Id) FROM Account', 'MALFORMED_QUERY', 'Field must be grouped or aggregated: Name'],
    ['SELECT Name n FROM Account', 'MALFORMED_QUERY', 'only aggregate expressions use field aliasing'],
    ['SELECT Id, Id FROM Account', 'INVALID_FIELD', 'duplicate field selected: Id'],
    ['SELECT FIELDS(ALL) FROM Account', 'MALFORMED_QUERY', 'The SOQL FIELDS function must have a LIMIT of at most 200'],
    ['SELECT SUM(Name) FROM Account', 'MALFORMED_QUERY', 'field Name does not support aggregate operator SUM'],
  ])('%s', async (query, errorCode, message) => {
    const error = await refused(query);
    expect(error.errorCode).toBe(errorCode);
    expect(error.message).toMatch(/^\n.*\n *\^\nERROR at Row:1:Column:\d+\n/);
    expect(error.message).toContain(message);
  });

  it('wants a query, and a locator that it gave', async () => {
    expect((await client.get('query')).json).toMatchObject([{ errorCode: 'MALFORMED_QUERY' }]);
    expect((await client.get('query/0r8x-2000')).json).toMatchObject([{ errorCode: 'INVALID_QUERY_LOCATOR' }]);
  });
});
