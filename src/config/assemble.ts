import { configSchema, type CheckedConfig } from './schema.js';
import type { ConfigIssue } from '../errors.js';
import type { Settings } from '../settings.js';
import { unsetVariableMessage, type Interpolated } from './environment.js';
import { issueAt, wordIssue, type IssueContext } from './issues.js';
import { mergeLayers, type Layer, type Merged } from './layers.js';
import { readOrg, type CheckedOrg } from './org.js';
import { isObject, pathText, valueAt, type Path } from './path.js';
import { checkRules, idleMappingKeys } from './rules.js';
import { isSecretKey, Secrets } from './secrets.js';
import { chooseSignIn, namesOrg, SIGN_IN_KEYS } from './sign-in-choice.js';
import type { Folded } from './spellings.js';
import { mergeMappings, type TypedMapping } from './topic-mapping.js';

/** Everything that was said, from every source, not yet weighed. */
export interface Draft {
  readonly flags: Layer;
  readonly environment: Layer;
  /** Sources that are weaker than the file, the strongest first. */
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

export interface Assembled {
  /** Undefined when there are issues. */
  readonly settings: Settings | undefined;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly string[];
}

/** Weighs the sources against each other, checks what came out, and makes settings of it. */
export function assemble(draft: Draft): Assembled {
  const { merged, mapFlags } = weigh(draft);
  const context: IssueContext = {
    values: merged.values,
    secrets: secretsOf(draft),
    originOf: (key) => merged.originOf(key),
    spelled: new Map([...draft.file.spelled].filter(([key]) => merged.rankOf(key) === 2)),
    mapFlags,
  };
  const unset = unsetIssues(draft, merged, context);
  const checked = configSchema.safeParse(merged.values);
  const warnings = [...draft.file.warnings, ...idleMappingKeys(merged.values)];
  const issues = [
    ...draft.file.issues.map((issue) => withOrigin(issue, draft.file.origin)),
    ...(checked.error?.issues ?? []).flatMap((issue) => wordIssue(issue, context)),
    ...checkRules(merged.values, context),
  ];
  const values: Partial<CheckedConfig> = checked.data ?? validPart(merged.values);
  const { cwd } = draft;
  const org = draft.offline
    ? undefined
    : readOrg({ config: values, merged, context, folder: draft.file.folder, cwd, issues, warnings });
  // A value that still holds its ${VAR} is wrong in other ways too, which are beside the point.
  const all = [...unset, ...issues.filter((issue) => !unset.some(({ path }) => path === issue.path))];
  if (all.length > 0 || checked.data === undefined) return { settings: undefined, issues: all, warnings };
  return { settings: settingsOf(checked.data, org), issues: [], warnings };
}

function weigh(draft: Draft): { merged: Merged; mapFlags: ReadonlyMap<number, string> } {
  const file: Layer = { values: draft.file.values, originOf: () => draft.file.origin };
  const layers = [draft.flags, draft.environment, file, ...draft.weak].map((layer) =>
    draft.offline ? withoutOrg(layer) : layer,
  );
  const merged = mergeLayers(layers);
  const configured = merged.values.topic_mappings ?? [];
  if (draft.maps.length === 0 || !Array.isArray(configured)) return { merged, mapFlags: new Map() };
  const { mappings, flags } = mergeMappings(configured, draft.maps);
  return { merged: { ...merged, values: { ...merged.values, topic_mappings: mappings } }, mapFlags: flags };
}

function withoutOrg(layer: Layer): Layer {
  const values = Object.entries(layer.values).filter(([key]) => key !== 'org_url' && !SIGN_IN_KEYS.includes(key));
  return { ...layer, values: Object.fromEntries(values) };
}

function secretsOf({ flags, environment, file, weak }: Draft): Secrets {
  const secrets = new Secrets();
  for (const { values } of [flags, environment, file, ...weak]) {
    for (const part of [values, values.auth]) {
      if (isObject(part)) for (const [key, value] of Object.entries(part)) if (isSecretKey(key)) secrets.add(value);
    }
  }
  for (const { path, value } of file.replaced) if (path.some(isSecretKey)) secrets.add(value);
  return secrets;
}

/** The unset variables that matter: those of keys that have an effect and that no stronger source gives. */
function unsetIssues(draft: Draft, merged: Merged, context: IssueContext): ConfigIssue[] {
  const choice = chooseSignIn(merged);
  const isOrgNamed = namesOrg(choice) && (merged.rankOf('org_url') ?? 0) > choice.rank;
  return draft.file.unset.flatMap((variable) => {
    const path = canonicalPath(variable.path, draft.file.spelled);
    const [key = '', index] = path;
    const isOverruled = merged.rankOf(String(key)) !== 2 || (typeof index === 'number' && context.mapFlags.has(index));
    const isIdle = valueAt(merged.values, path) === undefined;
    const isOtherSignIn = SIGN_IN_KEYS.includes(String(key)) && !choice.keys.includes(String(key));
    const isOtherOrg = key === 'org_url' && isOrgNamed;
    if (isOverruled || isIdle || isOtherSignIn || isOtherOrg) return [];
    return [withOrigin(issueAt(path, unsetVariableMessage(variable), context), draft.file.origin)];
  });
}

function canonicalPath(path: Path, spelled: ReadonlyMap<string, string>): Path {
  const written = pathText(path);
  const [key] = [...spelled].find(([, spelling]) => spelling === written) ?? [];
  return key === undefined ? path : [key];
}

/** What of a faulty configuration is fit to be looked at further. */
function validPart(values: Readonly<Record<string, unknown>>): Partial<CheckedConfig> {
  const { shape } = configSchema;
  const valid: [string, unknown][] = [];
  for (const key of ['org_url', ...SIGN_IN_KEYS, 'http'] as const) {
    const result = shape[key as keyof typeof shape].safeParse(values[key]);
    if (result.success) valid.push([key, result.data]);
  }
  return Object.fromEntries(valid);
}

function settingsOf(config: CheckedConfig, org: CheckedOrg | undefined): Settings {
  return {
    org: org && {
      ...org,
      restapiVersion: config.restapi_version,
      requestTimeoutMs: config.request_timeout,
      maxRetries: config.max_retries,
      headers: config.headers,
    },
    mappings: config.topic_mappings.map((mapping) => ({
      topic: mapping.topic,
      sobject: mapping.sobject,
      operation: mapping.operation,
      externalIdField: externalIdFieldOf(mapping),
      mode: mapping.mode,
      allOrNone: mapping.all_or_none,
      dependsOn: mapping.depends_on,
      tombstones: mapping.operation === 'upsert' ? mapping.tombstones : 'fail',
      compact: mapping.compact && mapping.operation !== 'insert',
    })),
    bulkBatchSize: config.bulk_batch_size,
    maxConcurrentBulkJobs: config.max_concurrent_bulk_jobs,
    bulkPollIntervalMs: config.bulk_poll_interval,
    batchPeriodMs: config.batch_period,
    maxInFlight: config.max_in_flight,
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

/** Deletes by `Id` need no field, and inserts and updates have none. */
function externalIdFieldOf({ operation, external_id_field: field }: CheckedConfig['topic_mappings'][number]): string {
  if (operation === 'upsert') return field;
  return operation === 'delete' && field.toLowerCase() !== 'id' ? field : '';
}

function withOrigin(issue: ConfigIssue, origin: string | undefined): ConfigIssue {
  return origin === undefined ? issue : { ...issue, origin };
}
