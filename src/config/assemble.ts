import { resolve } from 'node:path';
import { isObject } from '../core/unknown.js';
import { configSchema, type CheckedConfig } from './schema.js';
import type { ConfigIssue } from '../core/errors.js';
import type { Settings } from '../core/settings.js';
import { unsetVariableMessage, type Interpolated } from './environment.js';
import { isSecretKey, type IssueContext, Issues } from './issues.js';
import { type Layer, type Merged, mergeLayers, mergeMappings, type TypedMapping } from './layers.js';
import { readOrg, type CheckedOrg } from './org.js';
import { pathText, valueAt, type Path } from './tree.js';
import { checkRules, ineffectiveKeys, validPart } from './rules.js';
import { Secrets } from '../core/secrets.js';
import { chooseSignIn, namesOrg, SIGN_IN_KEYS } from './sign-in.js';
import { removeAt, type Folded } from './spellings.js';

/** Everything that was said, from every source, not yet weighed. */
export interface Draft {
  /** Sources that are stronger than the file, and weaker ones, the strongest first. */
  readonly strong: readonly Layer[];
  readonly weak: readonly Layer[];
  readonly file: Folded &
    Pick<Interpolated, 'unset' | 'replaced'> & {
      readonly origin: string | undefined;
      /** Where relative paths begin. */
      readonly folder: string;
    };
  readonly maps: readonly { readonly text: string; readonly mapping: TypedMapping }[];
  readonly cwd: string;
  readonly offline: boolean;
}

interface Assembled {
  /** Undefined when there are issues. */
  readonly settings: Settings | undefined;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly string[];
}

const ORG_KEYS = ['org_url', 'http', ...SIGN_IN_KEYS];

/** Weighs the sources against each other, checks what came out, and makes settings of it. */
export function assemble(written: Draft): Assembled {
  const draft = written.offline ? withoutUnsetOrg(written) : written;
  const { merged, mapFlags } = weigh(draft);
  const { file, cwd, offline } = draft;
  const secrets = secretsOf(draft);
  const spelled = new Map([...file.spelled].filter(([key]) => merged.isFrom('file', key)));
  const context = { values: merged.values, secrets, originOf: merged.originOf, spelled, mapFlags };
  const unset = unsetIssues(draft, merged, context);
  const { success, data, error } = configSchema.safeParse(merged.values);
  const warnings = [...file.warnings, ...(success ? ineffectiveKeys(data, mapFlags) : [])];
  const issues = new Issues(context);
  for (const issue of file.issues) issues.all.push(withOrigin(issue, file.origin));
  for (const issue of error?.issues ?? []) issues.addFromSchema(issue);
  const config = validPart(merged.values);
  checkRules(config, issues);
  const absolute = (key: string, path: string): string => resolve(merged.isFrom('file', key) ? file.folder : cwd, path);
  const org = readOrg({ config, merged, secrets, issues, offline, absolute, warnings });
  // A value that still holds its ${VAR} is wrong in other ways too, which are beside the point.
  const all = [...unset, ...issues.all.filter((issue) => !unset.some(({ path }) => path === issue.path))];
  if (all.length > 0 || !success) return { settings: undefined, issues: all, warnings };
  return { settings: settingsOf(data, offline ? undefined : org, mapFlags), issues: [], warnings };
}

function weigh(draft: Draft): { merged: Merged; mapFlags: ReadonlyMap<number, string> } {
  const file: Layer = { name: 'file', values: draft.file.values, originOf: () => draft.file.origin };
  const merged = mergeLayers([...draft.strong, file, ...draft.weak]);
  const configured = merged.values.topic_mappings ?? [];
  if (draft.maps.length === 0 || !Array.isArray(configured)) return { merged, mapFlags: new Map() };
  const { mappings, flags } = mergeMappings(configured, draft.maps);
  return { merged: { ...merged, values: { ...merged.values, topic_mappings: mappings } }, mapFlags: flags };
}

/** Without the org, its keys may be waiting for variables; what they do say is checked. */
function withoutUnsetOrg(draft: Draft): Draft {
  const values = structuredClone(draft.file.values);
  const unset = draft.file.unset.filter((variable) => {
    const path = canonicalPath(variable.path, draft.file.spelled);
    if (!ORG_KEYS.includes(String(path[0]))) return true;
    // Nobody knows what the other keys of an `auth` are for that does not say how.
    removeAt(values, path[0] === 'auth' && path[1] === 'flow' ? ['auth'] : path);
    return false;
  });
  return { ...draft, file: { ...draft.file, values, unset } };
}

function secretsOf({ strong, file, weak }: Draft): Secrets {
  const secrets = new Secrets();
  for (const { values } of [...strong, file, ...weak]) {
    for (const part of [values, values.auth]) {
      if (isObject(part)) for (const [key, value] of Object.entries(part)) if (isSecretKey(key)) secrets.add(value);
    }
  }
  for (const { path, value } of file.replaced) if (path.some(isSecretKey)) secrets.add(value);
  return secrets;
}

/** The unset variables that matter: those of keys that have an effect and that no stronger source gives. */
function unsetIssues(draft: Draft, merged: Merged, context: IssueContext): readonly ConfigIssue[] {
  const choice = chooseSignIn(merged);
  const isOrgNamed = namesOrg(choice) && (merged.rankOf('org_url') ?? 0) > choice.rank;
  const issues = new Issues(context);
  for (const variable of draft.file.unset) {
    const path = canonicalPath(variable.path, draft.file.spelled);
    const [key = '', index] = path;
    const isOverruled =
      !merged.isFrom('file', String(key)) || (typeof index === 'number' && context.mapFlags.has(index));
    const isIdle = valueAt(merged.values, path) === undefined;
    const isOtherSignIn = SIGN_IN_KEYS.includes(String(key)) && !choice.keys.includes(String(key));
    const isOtherOrg = key === 'org_url' && isOrgNamed;
    if (isOverruled || isIdle || isOtherSignIn || isOtherOrg) continue;
    issues.add(path, unsetVariableMessage(variable), draft.file.origin);
  }
  return issues.all;
}

function canonicalPath(path: Path, spelled: ReadonlyMap<string, string>): Path {
  const written = pathText(path);
  const [key] = [...spelled].find(([, spelling]) => spelling === written) ?? [];
  return key === undefined ? path : [key];
}

function settingsOf(
  config: CheckedConfig,
  org: CheckedOrg | undefined,
  mapFlags: ReadonlyMap<number, string>,
): Settings {
  return {
    org: org && {
      ...org,
      restapiVersion: config.restapi_version,
      requestTimeoutMs: config.request_timeout,
      maxRetries: config.max_retries,
      headers: config.headers,
    },
    ...(mapFlags.size > 0 && { mapFlags }),
    mappings: config.topic_mappings.map((mapping) => ({
      topic: mapping.topic,
      sobject: mapping.sobject,
      operation: mapping.operation,
      externalIdField: externalIdFieldOf(mapping),
      mode: mapping.mode,
      assignmentRule: mapping.operation === 'delete' ? undefined : mapping.assignment_rule,
      allOrNone: mapping.all_or_none && mapping.mode === 'realtime',
      dependsOn: mapping.depends_on,
      tombstones: mapping.operation === 'upsert' ? mapping.tombstones : 'fail',
      compact: mapping.compact && mapping.operation !== 'insert',
      ...(Object.keys(mapping.fields).length > 0 && { fields: mapping.fields }),
      ...(mapping.insert_key !== '' && { insertKey: mapping.insert_key }),
      ...(Object.keys(mapping.set).length > 0 && { set: mapping.set }),
    })),
    bulkBatchSize: config.bulk_batch_size,
    maxConcurrentBulkJobs: config.max_concurrent_bulk_jobs,
    bulkPollIntervalMs: config.bulk_poll_interval,
    batchPeriodMs: config.batch_period,
    maxInFlight: config.max_in_flight,
    maxFailures: config.max_failures,
    maxApiUsage: config.max_api_usage,
    onlyChanges: config.only_changes,
    envelope: config.envelope,
    shard: config.shard,
    unmappedTopics: config.unmapped_topics,
    unwritableFields: config.unwritable_fields,
    failuresFile: config.failures_file,
    successesFile: config.successes_file,
    journalFile: config.journal_file,
    reportFile: config.report_file,
  };
}

/** Updates and deletes by `Id` need no field, and inserts have none. */
function externalIdFieldOf({ operation, external_id_field: field }: CheckedConfig['topic_mappings'][number]): string {
  if (operation === 'upsert') return field;
  return operation === 'insert' || field.toLowerCase() === 'id' ? '' : field;
}

function withOrigin(issue: ConfigIssue, origin: string | undefined): ConfigIssue {
  return origin === undefined ? issue : { ...issue, origin };
}
