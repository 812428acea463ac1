import { z } from 'zod';
import {
  apiVersion,
  boolean,
  booleanOrId,
  choice,
  constant,
  countOrShare,
  duration,
  headerValue,
  integer,
  integerOrAuto,
  kinds,
  path,
  shard,
  share,
  TARGET,
  text,
  textLike,
} from './values.js';

/**
 * Every configuration key, declared once: its values, default and meaning, and the flag and the variable that stand for it.
 * The types, flags, JSON Schema, reference and starter are made from this. Unknown keys are errors.
 */

const API_NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
const API_NAME_OR_NOTHING = /^$|^[A-Za-z][A-Za-z0-9_]*$/;

const fieldsSchema = z.record(z.string(), textLike(/\S/, 'the name of a source in the records, or a path with dots'));
const setSchema = z.record(z.string(), constant());
// rules.ts looks at the names.
for (const schema of [fieldsSchema, setSchema]) {
  kinds.add(schema, { form: { propertyNames: { pattern: TARGET.source } } });
}

export const topicMappingSchema = z.strictObject({
  topic: text('the name of a Kafka topic').meta({ type: 'string, required, unique', description: 'Kafka topic' }),
  sobject: textLike(API_NAME, 'the API name of an sObject, of letters, digits and underscores').describe(
    'sObject API name',
  ),
  operation: choice('insert', 'update', 'upsert', 'delete').prefault('upsert').describe('what to do with the records'),
  external_id_field: textLike(API_NAME_OR_NOTHING, 'the API name of an external id field')
    .prefault('')
    .describe(
      'the field that identifies records; required for upsert; with update and delete, records are found by it instead of `Id`',
    ),
  fields: fieldsSchema.prefault({}).meta({
    type: 'map of target field to source',
    description:
      'rename: the record is made of these fields alone, each with the name, or the path with dots, of its source in the record',
  }),
  set: setSchema
    .prefault({})
    .meta({ type: 'map of target field to value', description: 'values of fields that a record does not have' }),
  mode: choice('realtime', 'bulk').prefault('realtime').describe('sObject Collections, or Bulk API 2.0'),
  assignment_rule: booleanOrId('an assignment rule').optional().meta({
    example: false,
    description:
      'Lead, Case, Account: run the active assignment rule, none, or the one of this Id; without it REST runs the active rule and Bulk none',
  }),
  all_or_none: boolean().prefault(false).describe("realtime only: a call's records are all written or none"),
  depends_on: z.array(text('the name of a Kafka topic')).prefault([]).meta({
    type: 'list of topics',
    description: "this topic's records are sent only after every record of these topics is settled",
  }),
  tombstones: choice('delete', 'skip', 'fail')
    .prefault('fail')
    .describe('what a line with a key and a null value means for an upsert topic'),
  insert_key: textLike(API_NAME_OR_NOTHING, 'the API name of a unique external id field')
    .prefault('')
    .describe(
      'insert only: a unique external id field that receives the same value whenever a line is replayed, so that nothing is inserted twice',
    ),
  compact: boolean()
    .prefault(false)
    .describe('fold versions of one key that wait in the same batch into one record; later fields win, null clears'),
});

// What a mapping's keys demand of each other, as far as a look at them tells; rules.ts has all of it.
kinds.add(topicMappingSchema, {
  form: {
    if: { properties: { operation: { const: 'upsert' } } },
    then: { required: ['external_id_field'], properties: { external_id_field: { minLength: 1 } } },
  },
});

// Redpanda Connect's newer names. spellings.ts moves `timeout` and `backoff.max_retries` to their flat ones.
const httpSchema = z.strictObject({
  timeout: duration().optional().describe('alias of `request_timeout`'),
  backoff: z.strictObject({ max_retries: integer(0).optional().describe('alias of `max_retries`') }).optional(),
  proxy_url: text('the URL of an HTTP proxy', 'URL')
    .optional()
    .describe('HTTP proxy; HTTPS_PROXY and NO_PROXY are honoured too'),
  tls: z
    .strictObject({
      root_cas_file: path('a PEM file')
        .optional()
        .describe('PEM file of further certificate authorities; NODE_EXTRA_CA_CERTS is honoured too'),
    })
    .optional(),
});

const headersSchema = z.record(z.string(), headerValue());
kinds.add(headersSchema, { form: { propertyNames: { pattern: '^[Ss][Ff][Oo][Rr][Cc][Ee]-[A-Za-z0-9-]+$' } } });

// spellings.ts moves the keys that stand for those beside `auth` to their flat names.
const authSchema = z.strictObject({
  flow: choice('client_credentials', 'jwt', 'refresh_token', 'sfdx_url').describe(
    'the OAuth 2.0 flow that the other keys are for',
  ),
  client_id: text('the consumer key of a connected app').optional().describe('alias of `client_id`'),
  client_secret: text('the consumer secret, in quotes').optional().describe('alias of `client_secret`'),
  client_secret_file: path().optional().describe('alias of `client_secret_file`'),
  username: text('the name of a Salesforce user').optional().describe('jwt: the user to sign in as'),
  private_key_file: path('a PEM file')
    .optional()
    .describe('jwt: PEM file of the RSA key whose certificate the app has'),
  private_key: text('an RSA key as PEM')
    .optional()
    .describe('jwt: the key itself, from a variable: `${VAR}`; never shown'),
  audience: text('a URL such as https://login.salesforce.com', 'URL')
    .optional()
    .describe(
      'jwt: without it `https://test.salesforce.com` for sandboxes and scratch orgs, `https://login.salesforce.com` for other orgs of Salesforce, else `org_url`',
    ),
  refresh_token: text('a refresh token').optional().describe('refresh_token: from a variable: `${VAR}`; never shown'),
  refresh_token_file: path().optional().describe('refresh_token: file that holds it, and nothing else'),
  sfdx_auth_url: text('an SFDX auth URL').optional().describe('alias of `sfdx_auth_url`'),
  sfdx_auth_url_file: path().optional().describe('alias of `sfdx_auth_url_file`'),
});

export const configSchema = z.strictObject({
  org_url: text('the URL of the org', 'URL').optional().meta({
    description:
      'base URL of the org: `https`, or `http` on a loopback host only; may be left out where the sign-in names the org',
    variable: 'SALESFORCE_ORG_URL',
    flag: '--org-url <url>',
    help: 'base URL of the org',
  }),
  client_id: text('the consumer key of a connected app').optional().meta({
    description: 'consumer key of the app; without `auth` that of the client credentials flow',
    variable: 'SALESFORCE_CLIENT_ID',
    flag: '--client-id <id>',
    help: 'consumer key of the app',
  }),
  client_secret: text('the consumer secret, in quotes').optional().meta({
    description: 'consumer secret of the app; without `auth` that of the client credentials flow; never shown',
    variable: 'SALESFORCE_CLIENT_SECRET',
  }),
  client_secret_file: path().optional().meta({
    description: 'file that holds the client secret, and nothing else',
    flag: '--client-secret-file <file>',
    help: 'file that holds the consumer secret (or SALESFORCE_CLIENT_SECRET)',
  }),
  access_token: text('an access token').optional().meta({
    description: 'used as it is instead of a sign-in, unless a flag or variable gives another; never shown',
    variable: 'SALESFORCE_ACCESS_TOKEN',
  }),
  target_org: textLike(/^[^-\s\p{Cc}][^\p{Cc}]*$/u, 'an alias or user name of the Salesforce CLI')
    .optional()
    .meta({
      description: 'alias or user name of an org that the Salesforce CLI is logged in to',
      variable: 'SF_TARGET_ORG',
      flag: '--target-org <alias>',
      help: 'org that the Salesforce CLI is logged in to',
    }),
  sfdx_auth_url: text('an SFDX auth URL').optional().meta({
    description: 'SFDX auth URL, from a variable: `${VAR}`; never shown',
    variable: 'SFDX_AUTH_URL',
  }),
  sfdx_auth_url_file: path().optional().meta({
    description: 'file that holds an SFDX auth URL, alone or in the JSON that the Salesforce CLI prints',
    flag: '--sfdx-auth-url-file <file>',
    help: 'file that holds an SFDX auth URL (or SFDX_AUTH_URL)',
  }),
  auth: authSchema
    .optional()
    .meta({ type: 'keys and values', description: 'other ways to sign in; see `sfreplay help signing-in`' }),
  restapi_version: apiVersion().prefault('v65.0').meta({
    description: 'REST API version; `65.0` and `65` are read as `v65.0`',
    flag: '--restapi-version <version>',
    help: 'REST API version',
  }),
  api_version: apiVersion().optional().describe('alias of `restapi_version`'),
  request_timeout: duration()
    .prefault('30s')
    .meta({ description: 'per HTTP request', flag: '--request-timeout <duration>' }),
  max_retries: integer(0).prefault(10).meta({
    description: 'retries of one request after 429 and every other failure that is safe to repeat',
    flag: '--max-retries <n>',
    help: 'retries of one request',
  }),
  bulk_batch_size: integerOrAuto(1).prefault(1000).meta({
    description:
      'records per bulk job; a realtime batch is at most this and at most 200; `auto` adapts to the work there is',
    flag: '--bulk-batch-size <n|auto>',
    help: 'records per bulk job; realtime: at most 200',
  }),
  max_concurrent_bulk_jobs: integer(1).prefault(10).meta({
    description: 'bulk jobs in flight at once, over all topics',
    flag: '--max-concurrent-bulk-jobs <n>',
    help: 'bulk jobs in flight at once',
  }),
  bulk_poll_interval: duration().prefault('5s').meta({
    description: 'maximum interval between polls of a bulk job; the first polls come sooner',
    flag: '--bulk-poll-interval <duration>',
    help: 'maximum interval between polls of a bulk job',
  }),
  batch_period: duration().prefault('5s').meta({
    description: 'maximum time an incomplete batch waits before it is sent',
    flag: '--batch-period <duration>',
    help: 'maximum time an incomplete batch waits',
  }),
  max_in_flight: integerOrAuto(1).prefault(1).meta({
    description: 'realtime batches in flight at once, over all topics; `auto` adapts to what the org takes',
    flag: '--max-in-flight <n|auto>',
    help: 'realtime batches in flight at once',
  }),
  max_failures: countOrShare().optional().meta({
    example: '5%',
    description:
      'stop (exit 3) once so many lines have failed; a percentage is judged from the first 1,000 settled lines on',
    flag: '--max-failures <n|n%>',
    help: 'stop when so many lines have failed (default: none)',
  }),
  max_api_usage: share().optional().meta({
    example: '80%',
    description:
      "stop (exit 3) before the org's daily API calls used pass this share; bulk jobs in flight are waited for",
    flag: '--max-api-usage <n%>',
    help: "stop before the org's daily API calls used pass this (default: none)",
  }),
  only_changes: boolean().prefault(false).meta({
    description: 'read records by their keys first, and do not send those that already match the org',
    flag: '--only-changes',
    help: 'do not send records that already match the org',
  }),
  headers: headersSchema.prefault({}).meta({
    type: 'map of `Sforce-*` header to string',
    description: 'sent with every write, e.g. `Sforce-Auto-Assign: "FALSE"`',
  }),
  http: httpSchema.optional(),
  envelope: choice('auto', 'native', 'kcat', 'rpk')
    .prefault('auto')
    .meta({ description: 'format of the lines', flag: '--envelope <auto|native|kcat|rpk>' }),
  failures_file: path().optional().meta({
    description: 'dead letters; without it `sfreplay-<run id>.failed.ndjson`, made only when there is one',
    flag: '--failures <file>',
    help: 'where failed records go (default: sfreplay-<run id>.failed.ndjson)',
  }),
  successes_file: path().optional().meta({
    description: 'one line per written record: topic, line, id, created',
    flag: '--successes <file>',
    help: 'one line per written record (default: none)',
  }),
  journal_file: path().optional().meta({
    description: 'crash-safe journal: the same command again continues a run that was stopped',
    flag: '--journal <file>',
    help: 'crash-safe journal: the same command again continues (default: one is left if a run over files stops)',
  }),
  report_file: path().optional().meta({
    description: 'HTML report of the run, written when it ends; an earlier one is replaced',
    flag: '--report <file>',
    help: 'HTML report of the run, written when it ends (default: none)',
  }),
  shard: shard().prefault('1/1').meta({
    description:
      'I/N: take only the records whose key (no key: line) falls in shard I of N, so that N runs share one input',
    flag: '--shard <I/N>',
    help: 'take the records of shard I of N only, by key',
  }),
  unmapped_topics: choice('skip', 'fail').prefault('skip').meta({
    description: 'what to do with lines of topics that have no mapping: skip and count them, or fail them',
    flag: '--unmapped <skip|fail>',
    help: 'what to do with topics that have no mapping',
  }),
  unwritable_fields: choice('drop', 'fail', 'send').prefault('drop').meta({
    description:
      'what to do with fields that the user cannot write: drop and count them, fail the record, or send them as they are',
    flag: '--unwritable <drop|fail|send>',
    help: 'what to do with fields that you cannot write',
  }),
  topic_mappings: z
    .array(topicMappingSchema)
    .min(1)
    .meta({ type: 'list, at least one', description: 'how the records of each topic are written' }),
});

/** A configuration as a program gives it: the keys of a configuration file. Secrets included, environment aside. */
export type Config = z.input<typeof configSchema>;

/** A configuration whose values are checked, each on its own. */
export type CheckedConfig = z.output<typeof configSchema>;
