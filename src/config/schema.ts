import { z } from 'zod';
import { jsonForms } from './json-form.js';
import { TARGET } from './targets.js';
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
  shard,
  share,
  text,
  textLike,
} from './values.js';

/**
 * Every configuration key: its type, default and meaning. Unknown keys are errors.
 * `meta` is what the README's reference table says of it, see {@link configKeys}; the comments say the same to whoever
 * writes a {@link Config} in an editor.
 */

const apiName = (of: string) =>
  textLike(/^[A-Za-z][A-Za-z0-9_]*$/, `the API name of ${of}, of letters, digits and underscores`);

const fieldsSchema = z.record(z.string(), textLike(/\S/, 'the name of a source in the records, or a path with dots'));
const setSchema = z.record(z.string(), constant());
// rules.ts looks at the names.
for (const schema of [fieldsSchema, setSchema]) jsonForms.add(schema, { propertyNames: { pattern: TARGET.source } });

export const topicMappingSchema = z.strictObject({
  /** Kafka topic */
  topic: textLike(/\S/, 'the name of a Kafka topic').meta({
    type: 'string, required, unique',
    description: 'Kafka topic',
  }),
  /** sObject API name */
  sobject: apiName('an sObject').meta({ type: 'string, required', description: 'sObject API name' }),
  /** what is done with the records */
  operation: choice('insert', 'update', 'upsert', 'delete')
    .prefault('upsert')
    .meta({ type: '`insert` `update` `upsert` `delete`', description: 'what is done with the records' }),
  /** the field that tells records apart; required for upsert; with update and delete, records are found by it instead of `Id` */
  external_id_field: textLike(/^$|^[A-Za-z][A-Za-z0-9_]*$/, 'the API name of an external id field')
    .prefault('')
    .meta({
      type: 'string',
      description:
        'the field that tells records apart; required for upsert; with update and delete, records are found by it instead of `Id`',
    }),
  /** rename: the record is made of these fields alone, each with the name, or the path with dots, of its source in the record */
  fields: fieldsSchema.prefault({}).meta({
    type: 'map of target field to source',
    description:
      'rename: the record is made of these fields alone, each with the name, or the path with dots, of its source in the record',
  }),
  /** values of fields that a record does not have */
  set: setSchema
    .prefault({})
    .meta({ type: 'map of target field to value', description: 'values of fields that a record does not have' }),
  /** sObject Collections, or Bulk API 2.0 */
  mode: choice('realtime', 'bulk')
    .prefault('realtime')
    .meta({ type: '`realtime` `bulk`', description: 'sObject Collections, or Bulk API 2.0' }),
  /** Lead, Case, Account: run the active assignment rule, none, or the one of this Id; without it REST runs the active rule and Bulk none */
  assignment_rule: booleanOrId('an assignment rule').optional().meta({
    type: '`true` `false` or an Id',
    example: false,
    description:
      'Lead, Case, Account: run the active assignment rule, none, or the one of this Id; without it REST runs the active rule and Bulk none',
  }),
  /** realtime only: a call's records are all written or none */
  all_or_none: boolean()
    .prefault(false)
    .meta({ type: 'bool', description: "realtime only: a call's records are all written or none" }),
  /** this topic's records are sent only after every record of these topics is settled */
  depends_on: z.array(textLike(/\S/, 'the name of a Kafka topic')).prefault([]).meta({
    type: 'list of topics',
    description: "this topic's records are sent only after every record of these topics is settled",
  }),
  /** what a line with a key and a null value means for an upsert topic */
  tombstones: choice('delete', 'skip', 'fail').prefault('fail').meta({
    type: '`delete` `skip` `fail`',
    description: 'what a line with a key and a null value means for an upsert topic',
  }),
  /** insert only: a unique external id field that is given a value which is the same whenever the line is replayed, so that no insert is done twice */
  insert_key: textLike(/^$|^[A-Za-z][A-Za-z0-9_]*$/, 'the API name of a unique external id field')
    .prefault('')
    .meta({
      type: 'string',
      description:
        'insert only: a unique external id field that is given a value which is the same whenever the line is replayed, so that no insert is done twice',
    }),
  /** fold versions of one key that wait in the same batch into one record; later fields win, null clears */
  compact: boolean().prefault(false).meta({
    type: 'bool',
    description: 'fold versions of one key that wait in the same batch into one record; later fields win, null clears',
  }),
});

// What a mapping's keys demand of each other, as far as a look at them tells; rules.ts has all of it.
jsonForms.add(topicMappingSchema, {
  if: { properties: { operation: { const: 'upsert' } } },
  then: { required: ['external_id_field'], properties: { external_id_field: { minLength: 1 } } },
});

// Redpanda Connect's newer spellings. spellings.ts moves `timeout` and `backoff.max_retries` to their flat names.
const httpSchema = z.strictObject({
  /** another spelling of `request_timeout` */
  timeout: duration().optional().meta({ type: 'duration', description: 'another spelling of `request_timeout`' }),
  backoff: z
    .strictObject({
      /** another spelling of `max_retries` */
      max_retries: integer(0).optional().meta({ type: 'int ≥ 0', description: 'another spelling of `max_retries`' }),
    })
    .optional(),
  /** HTTP proxy; HTTPS_PROXY and NO_PROXY are honoured too */
  proxy_url: text('the URL of an HTTP proxy')
    .optional()
    .meta({ type: 'URL', description: 'HTTP proxy; HTTPS_PROXY and NO_PROXY are honoured too' }),
  tls: z
    .strictObject({
      /** PEM file of further certificate authorities; NODE_EXTRA_CA_CERTS is honoured too */
      root_cas_file: text('the path of a PEM file').optional().meta({
        type: 'path',
        description: 'PEM file of further certificate authorities; NODE_EXTRA_CA_CERTS is honoured too',
      }),
    })
    .optional(),
});

const headersSchema = z.record(z.string(), headerValue());
jsonForms.add(headersSchema, { propertyNames: { pattern: '^[Ss][Ff][Oo][Rr][Cc][Ee]-[A-Za-z0-9-]+$' } });

// spellings.ts moves the keys that stand for those beside `auth` to their flat names.
export const authSchema = z.strictObject({
  /** the OAuth 2.0 flow that the other keys are for */
  flow: choice('client_credentials', 'jwt', 'refresh_token', 'sfdx_url').meta({
    type: '`client_credentials` `jwt` `refresh_token` `sfdx_url`, required',
    description: 'the OAuth 2.0 flow that the other keys are for',
  }),
  /** another spelling of `client_id` */
  client_id: text('the consumer key of a connected app')
    .optional()
    .meta({ type: 'string', description: 'another spelling of `client_id`' }),
  /** another spelling of `client_secret` */
  client_secret: text('the consumer secret, in quotes')
    .optional()
    .meta({ type: 'string', description: 'another spelling of `client_secret`' }),
  /** another spelling of `client_secret_file` */
  client_secret_file: text('the path of a file')
    .optional()
    .meta({ type: 'path', description: 'another spelling of `client_secret_file`' }),
  /** jwt: whose session it will be */
  username: text('the name of a Salesforce user')
    .optional()
    .meta({ type: 'string', description: 'jwt: whose session it will be' }),
  /** jwt: PEM file of the RSA key whose certificate the app has */
  private_key_file: text('the path of a PEM file')
    .optional()
    .meta({ type: 'path', description: 'jwt: PEM file of the RSA key whose certificate the app has' }),
  /** jwt: the key itself, from a variable: `${VAR}`; never shown */
  private_key: text('an RSA key as PEM')
    .optional()
    .meta({ type: 'string', description: 'jwt: the key itself, from a variable: `${VAR}`; never shown' }),
  /** jwt: without it `https://test.salesforce.com` for sandboxes and scratch orgs, `https://login.salesforce.com` for other orgs of Salesforce, else `org_url` */
  audience: text('a URL such as https://login.salesforce.com').optional().meta({
    type: 'URL',
    description:
      'jwt: without it `https://test.salesforce.com` for sandboxes and scratch orgs, `https://login.salesforce.com` for other orgs of Salesforce, else `org_url`',
  }),
  /** refresh_token: from a variable: `${VAR}`; never shown */
  refresh_token: text('a refresh token').optional().meta({
    type: 'string',
    description: 'refresh_token: from a variable: `${VAR}`; never shown',
  }),
  /** refresh_token: file that holds it, and nothing else */
  refresh_token_file: text('the path of a file')
    .optional()
    .meta({ type: 'path', description: 'refresh_token: file that holds it, and nothing else' }),
  /** another spelling of `sfdx_auth_url` */
  sfdx_auth_url: text('an SFDX auth URL')
    .optional()
    .meta({ type: 'string', description: 'another spelling of `sfdx_auth_url`' }),
  /** another spelling of `sfdx_auth_url_file` */
  sfdx_auth_url_file: text('the path of a file')
    .optional()
    .meta({ type: 'path', description: 'another spelling of `sfdx_auth_url_file`' }),
});

export const configSchema = z.strictObject({
  /** base URL of the org: `https`, or `http` on a loopback host only; may be left out where the sign-in names the org */
  org_url: text('the URL of the org').optional().meta({
    type: 'URL (`SALESFORCE_ORG_URL`)',
    description:
      'base URL of the org: `https`, or `http` on a loopback host only; may be left out where the sign-in names the org',
  }),
  /** consumer key of the app; without `auth` that of the client credentials flow */
  client_id: text('the consumer key of a connected app').optional().meta({
    type: 'string (`SALESFORCE_CLIENT_ID`)',
    description: 'consumer key of the app; without `auth` that of the client credentials flow',
  }),
  /** consumer secret of the app, likewise; never shown */
  client_secret: text('the consumer secret, in quotes').optional().meta({
    type: 'string (`SALESFORCE_CLIENT_SECRET`)',
    description: 'consumer secret of the app, likewise; never shown',
  }),
  /** file that holds the client secret, and nothing else */
  client_secret_file: text('the path of a file')
    .optional()
    .meta({ type: 'path', description: 'file that holds the client secret, and nothing else' }),
  /** used as it is instead of a sign-in, unless a stronger source gives another; never shown */
  access_token: text('an access token').optional().meta({
    type: 'string (`SALESFORCE_ACCESS_TOKEN`)',
    description: 'used as it is instead of a sign-in, unless a stronger source gives another; never shown',
  }),
  /** alias or user name of an org that the Salesforce CLI is logged in to */
  target_org: textLike(/^[^-\s\p{Cc}][^\p{Cc}]*$/u, 'an alias or user name of the Salesforce CLI')
    .optional()
    .meta({
      type: 'string (`SF_TARGET_ORG`)',
      description: 'alias or user name of an org that the Salesforce CLI is logged in to',
    }),
  /** SFDX auth URL, from a variable: `${VAR}`; never shown */
  sfdx_auth_url: text('an SFDX auth URL').optional().meta({
    type: 'string (`SFDX_AUTH_URL`)',
    description: 'SFDX auth URL, from a variable: `${VAR}`; never shown',
  }),
  /** file that holds an SFDX auth URL, alone or in the JSON that the Salesforce CLI prints */
  sfdx_auth_url_file: text('the path of a file').optional().meta({
    type: 'path',
    description: 'file that holds an SFDX auth URL, alone or in the JSON that the Salesforce CLI prints',
  }),
  /** every other sign-in; see [Signing in](#signing-in) */
  auth: authSchema.optional().meta({
    type: 'keys and values',
    description: 'every other sign-in; see [Signing in](#signing-in)',
  }),
  /** REST API version; `65.0` and `65` are read as `v65.0` */
  restapi_version: apiVersion()
    .prefault('v65.0')
    .meta({ type: 'string', description: 'REST API version; `65.0` and `65` are read as `v65.0`' }),
  /** another spelling of `restapi_version` */
  api_version: apiVersion().optional().meta({ type: 'string', description: 'another spelling of `restapi_version`' }),
  /** per HTTP request */
  request_timeout: duration().prefault('30s').meta({ type: 'duration', description: 'per HTTP request' }),
  /** retries of one request after 429 and every other failure that is safe to repeat */
  max_retries: integer(0).prefault(10).meta({
    type: 'int ≥ 0',
    description: 'retries of one request after 429 and every other failure that is safe to repeat',
  }),
  /** records per bulk job; a realtime batch is at most this and at most 200; `auto` goes by the work there is */
  bulk_batch_size: integerOrAuto(1).prefault(1000).meta({
    type: 'int ≥ 1 or `auto`',
    description:
      'records per bulk job; a realtime batch is at most this and at most 200; `auto` goes by the work there is',
  }),
  /** bulk jobs in flight at once, over all topics */
  max_concurrent_bulk_jobs: integer(1)
    .prefault(10)
    .meta({ type: 'int ≥ 1', description: 'bulk jobs in flight at once, over all topics' }),
  /** longest wait between two looks at a job; the first looks come sooner */
  bulk_poll_interval: duration().prefault('5s').meta({
    type: 'duration',
    description: 'longest wait between two looks at a job; the first looks come sooner',
  }),
  /** longest time an incomplete batch waits before it is sent */
  batch_period: duration()
    .prefault('5s')
    .meta({ type: 'duration', description: 'longest time an incomplete batch waits before it is sent' }),
  /** realtime batches in flight at once, over all topics; `auto` goes by what the org takes */
  max_in_flight: integerOrAuto(1).prefault(1).meta({
    type: 'int ≥ 1 or `auto`',
    description: 'realtime batches in flight at once, over all topics; `auto` goes by what the org takes',
  }),
  /** stop (exit 3) once so many lines have failed; a percentage is judged from the first 1,000 settled on */
  max_failures: countOrShare().optional().meta({
    type: 'int ≥ 1 or percentage',
    example: '5%',
    description: 'stop (exit 3) once so many lines have failed; a percentage is judged from the first 1,000 settled on',
  }),
  /** stop (exit 3) before the org's daily API calls used pass this share; bulk jobs in flight are followed to their end */
  max_api_usage: share().optional().meta({
    type: 'percentage',
    example: '80%',
    description:
      "stop (exit 3) before the org's daily API calls used pass this share; bulk jobs in flight are followed to their end",
  }),
  /** sent with every write, e.g. `Sforce-Auto-Assign: "FALSE"` */
  headers: headersSchema.prefault({}).meta({
    type: 'map of `Sforce-*` header to string',
    description: 'sent with every write, e.g. `Sforce-Auto-Assign: "FALSE"`',
  }),
  http: httpSchema.optional(),
  /** what a line looks like */
  envelope: choice('auto', 'native', 'kcat', 'rpk')
    .prefault('auto')
    .meta({ type: '`auto` `native` `kcat` `rpk`', description: 'what a line looks like' }),
  /** dead letters; without it `sfreplay-<run id>.failed.ndjson`, made only when there is one */
  failures_file: text('the path of a file').optional().meta({
    type: 'path',
    description: 'dead letters; without it `sfreplay-<run id>.failed.ndjson`, made only when there is one',
  }),
  /** one line per written record: topic, line, id, created */
  successes_file: text('the path of a file')
    .optional()
    .meta({ type: 'path', description: 'one line per written record: topic, line, id, created' }),
  /** crash-safe journal: the same command again continues a run that was stopped */
  journal_file: text('the path of a file').optional().meta({
    type: 'path',
    description: 'crash-safe journal: the same command again continues a run that was stopped',
  }),
  /** HTML page about the run, written when it is over; an earlier one is replaced */
  report_file: text('the path of a file').optional().meta({
    type: 'path',
    description: 'HTML page about the run, written when it is over; an earlier one is replaced',
  }),
  /** I/N: take only the records whose key (no key: line) falls in shard I of N, so that N runs share one input */
  shard: shard().prefault('1/1').meta({
    type: 'I/N',
    description:
      'I/N: take only the records whose key (no key: line) falls in shard I of N, so that N runs share one input',
  }),
  /** a topic without a mapping: skipped and counted, or a failure */
  unmapped_topics: choice('skip', 'fail').prefault('skip').meta({
    type: '`skip` `fail`',
    description: 'a topic without a mapping: skipped and counted, or a failure',
  }),
  /** fields that the user cannot write: dropped and counted, a failure of the record, or sent as they are */
  unwritable_fields: choice('drop', 'fail', 'send').prefault('drop').meta({
    type: '`drop` `fail` `send`',
    description: 'fields that the user cannot write: dropped and counted, a failure of the record, or sent as they are',
  }),
  /** how the records of each topic are written */
  topic_mappings: z
    .array(topicMappingSchema)
    .min(1)
    .meta({ type: 'list, at least one', description: 'how the records of each topic are written' }),
});

/** A configuration as a program gives it: the keys of a configuration file. Secrets included, environment aside. */
export type Config = z.input<typeof configSchema>;

/** A configuration whose values are checked, each on its own. */
export type CheckedConfig = z.output<typeof configSchema>;

/** A row of the reference table. */
export interface ConfigKey {
  /** For example `http.tls.root_cas_file` or `topic_mappings[].mode`. */
  readonly key: string;
  readonly type: string;
  /** As it would be written in JSON; undefined when there is none. */
  readonly default: string | undefined;
  /** A value that works, likewise, where the default is none. */
  readonly example: string | undefined;
  readonly description: string;
}

/** All keys in the schema's order, for the README and for a test that holds it to the schema. */
export function configKeys(): ConfigKey[] {
  return keysOf(configSchema, '');
}

function keysOf(schema: z.ZodObject, prefix: string): ConfigKey[] {
  return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([name, value]) => {
    const key = prefix + name;
    const { type, description, example } = z.globalRegistry.get(value) ?? {};
    const row = {
      ...{ key, type: String(type), default: defaultOf(value), description: description ?? '' },
      example: example === undefined ? undefined : JSON.stringify(example),
    };
    const rows = description === undefined ? [] : [row];
    const inner = value instanceof z.ZodOptional ? value.unwrap() : value;
    if (inner instanceof z.ZodObject) return [...rows, ...keysOf(inner, `${key}.`)];
    if (inner instanceof z.ZodArray && inner.element instanceof z.ZodObject) {
      return [...rows, ...keysOf(inner.element, `${key}[].`)];
    }
    return rows;
  });
}

function defaultOf(schema: unknown): string | undefined {
  return schema instanceof z.ZodPrefault ? JSON.stringify(schema.def.defaultValue) : undefined;
}
