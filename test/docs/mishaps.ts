import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import zlib from 'node:zlib';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { stage, type Stage } from '../cli/stage.js';
import { runHere } from './run-here.js';
import { freePort, listen } from '../salesforce/test-org.js';
import { fails, StandInCli } from '../salesforce/sign-in/stand-in-cli.js';

interface Attempt {
  readonly words: readonly string[];
  /** Beside, or instead of, what signs in to the stage's org. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Standard input is a terminal. */
  readonly isTyped?: boolean;
}

const account = (fields: object) => ({ topic: 'accounts', data: { External_Id__c: 'A-1', Name: 'Corvo', ...fields } });
const ACCOUNTS = ['--map', 'accounts=Account:upsert:External_Id__c'];
const REPLAY = [...ACCOUNTS, 'dump.ndjson'];
const CHECK = ['check', ...ACCOUNTS];

async function printed(scene: Stage, { words, environment = {}, isTyped = false }: Attempt): Promise<string> {
  return runHere(words, { cwd: scene.folder, environment: { ...scene.signIn, ...environment }, isTyped });
}

async function meet(attempt: Attempt, lines: readonly object[] = [account({})], options: EmulatorOptions = {}) {
  return printed(await stage(lines, options), attempt);
}

const fixture = (name: string) => readFileSync(new URL(`../salesforce/fixtures/${name}`, import.meta.url));

/** Everything that the troubleshooting section speaks of, brought about for real; each gives what the program printed. */
export const MISHAPS: Readonly<Record<string, () => Promise<string>>> = {
  'a wrong secret': () => meet({ words: CHECK, environment: { SALESFORCE_CLIENT_SECRET: 'other' } }),
  'an unknown app': () => meet({ words: CHECK, environment: { SALESFORCE_CLIENT_ID: 'other' } }),
  'an app without a user': async () => {
    const scene = await stage();
    scene.org.revokeClient();
    return printed(scene, { words: CHECK });
  },
  'an access token of another org': () => meet({ words: CHECK, environment: { SALESFORCE_ACCESS_TOKEN: 'other' } }),
  'no Salesforce CLI': () =>
    meet({ words: [...CHECK, '--target-org', 'uat'], environment: new StandInCli({}).environment }),
  'no login of that alias': () => {
    const answer = fails('NamedOrgNotFoundError', 'No authorization information found for uat.');
    const { environment } = new StandInCli({ sf: { 'org auth show-access-token': answer } });
    return meet({ words: [...CHECK, '--target-org', 'uat'], environment });
  },
  'no sign-in': () => meet({ words: CHECK, environment: { SALESFORCE_CLIENT_ID: '', SALESFORCE_CLIENT_SECRET: '' } }),
  'no URL': () => meet({ words: CHECK, environment: { SALESFORCE_ORG_URL: 'example.my.salesforce.com' } }),
  'a page instead of an org': async () => {
    const url = await listen(
      createServer((_, response) => response.setHeader('content-type', 'text/html').end('<html></html>')),
    );
    return meet({ words: CHECK, environment: { SALESFORCE_ORG_URL: url } });
  },
  'an org that has moved': async () => {
    const url = await listen(
      createServer((_, response) => response.writeHead(301, { location: 'https://new.example/' }).end()),
    );
    return meet({ words: CHECK, environment: { SALESFORCE_ORG_URL: url } });
  },
  'nobody there': async () =>
    meet({
      words: [...CHECK, '--max-retries', '0'],
      environment: { SALESFORCE_ORG_URL: `http://127.0.0.1:${await freePort()}` },
    }),
  'a certificate of an unknown authority': async () => {
    const url = await listen(createHttpsServer({ key: fixture('server.key'), cert: fixture('server.pem') }));
    return meet({ words: CHECK, environment: { SALESFORCE_ORG_URL: url.replace('http:', 'https:') } });
  },
  'https to a port of http': async () => {
    const scene = await stage();
    const SALESFORCE_ORG_URL = scene.org.url.replace('http:', 'https:');
    return printed(scene, { words: CHECK, environment: { SALESFORCE_ORG_URL } });
  },
  'no configuration': () => meet({ words: ['dump.ndjson'] }),
  'an unknown sObject': () => meet({ words: ['check', '--map', 'accounts=Akkount:insert'] }),
  'an unknown key field': () => meet({ words: ['check', '--map', 'accounts=Account:upsert:Nope__c'] }),
  'a key field that is none': () => meet({ words: ['check', '--map', 'accounts=Account:upsert:Site'] }),

  'a terminal': () => meet({ words: ACCOUNTS, isTyped: true }),
  'zstd with an old Node': async () => {
    const scene = await stage();
    scene.write('dump.ndjson', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]));
    const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
    Reflect.deleteProperty(zlib, 'createZstdDecompress');
    try {
      return await printed(scene, { words: REPLAY });
    } finally {
      if (create !== undefined) Reflect.set(zlib, 'createZstdDecompress', create);
    }
  },
  'a download that was cut off': async () => {
    const scene = await stage();
    const whole = readFileSync(new URL('../../fixtures/demo/leads.ndjson.gz', import.meta.url));
    scene.write('dump.ndjson', whole.subarray(0, 600));
    return printed(scene, { words: REPLAY });
  },
  'an output that is an input': () => meet({ words: [...REPLAY, '--failures', 'dump.ndjson'] }),
  'a journal of another run, of another input, in use': async () => {
    const scene = await stage([account({})]);
    const words = [...REPLAY, '--journal', 'journal'];
    await printed(scene, { words });
    const others = await printed(scene, { words: [...words, '--envelope', 'native'] });
    scene.writeLines('dump.ndjson', [account({ Name: 'Korvo' })]);
    const otherInput = await printed(scene, { words });
    scene.write('journal.lock', '{"pid":7,"host":"another.example","born":""}\n');
    return `${others}\n${otherInput}\n${await printed(scene, { words })}`;
  },

  'lines that cannot be read, or are of no topic': () => meet({ words: REPLAY }, [{}, { topic: 'other', data: {} }]),
  'records that the org refuses': () => {
    const contact = { External_Id__c: 'C-1', LastName: 'Almeida', Account: { External_Id__c: 'A-9' } };
    const lines = [
      account({ Nope__c: 1 }),
      account({ External_Id__c: 'A-2', Name: null }),
      account({ External_Id__c: 'A-3', Name: 'x'.repeat(300) }),
      account({ External_Id__c: undefined }),
      { topic: 'accounts', key: 'A-4', data: null },
      { topic: 'contacts', data: contact },
      { topic: 'inserts', data: { External_Id__c: 'A-1', Name: 'again' } },
      { topic: 'leads', data: { LastName: 'Petrov', Company: 'Corvo', Rating__c: 'Tepid' } },
    ];
    const maps = ['contacts=Contact:upsert:External_Id__c', 'inserts=Account:insert', 'leads=Lead:insert'];
    const sobjects = { Lead: { fields: { Rating__c: RESTRICTED } } };
    lines.push(account({ External_Id__c: 'A-5', Name: undefined, Nope__c: 1 }));
    lines.push(account({ External_Id__c: 'A-6', Name: ['x'] }));
    return meet({ words: [...REPLAY, ...maps.flatMap((map) => ['--map', map])] }, lines, { sobjects });
  },
  'unwritable fields that fail': () => meet({ words: [...REPLAY, '--unwritable', 'fail'] }, [account({ Nope__c: 1 })]),
  'unwritable fields that are sent': () =>
    meet({ words: [...REPLAY, '--unwritable', 'send'] }, [account({ Nope__c: 1 })]),
  'a field that the profile refuses': () =>
    meet({ words: REPLAY }, [account({ Site: 'x' })], { blockedFields: { Account: ['Site'] } }),
  'a locked row': () => meet({ words: [...REPLAY, '--max-retries', '0'] }, [account({})], { lockRate: 1 }),
  'a reply that is lost': () =>
    meet({ words: ['--map', 'accounts=Account:insert', 'dump.ndjson'] }, [account({})], {
      faults: ['reset-after:on=collections'],
    }),
  'no calls left': () => meet({ words: REPLAY }, [account({})], { faults: ['limit-total:on=collections'] }),
};

const RESTRICTED = {
  type: 'picklist',
  restrictedPicklist: true,
  picklistValues: [{ value: 'Hot', label: 'Hot', active: true, defaultValue: false, validFor: null }],
} as const;
