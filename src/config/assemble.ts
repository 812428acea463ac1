import { resolve } from 'node:path';
import { configSchema, type CheckedConfig } from './schema.js';
import type { ConfigIssue } from '../errors.js';
import type { OrgSettings, Settings } from '../settings.js';
import { unsetVariableMessage, type Interpolated } from './environment.js';
import { whyUnreadable } from './files.js';
import { issueAt, misfitAt, wordIssue, type IssueContext } from './issues.js';
import { mergeLayers, type Layer, type Merged } from './layers.js';
import { isProxyUrl, readOrgUrl } from './org-url.js';
import { pathText, valueAt, type Path } from './path.js';
import { checkRules, idleMappingKeys } from './rules.js';
import { isSecretKey, Secrets } from './secrets.js';
import { readSignIn, signInKind } from './sign-in.js';
import type { Folded } from './spellings.js';
import { mergeMappings, type TypedMapping } from './topic-mapping.js';

/** Everything that was said, from every source, not yet weighed. */
export interface Draft {
  readonly flags: Layer;
  readonly environment: Layer;
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

const SIGN_IN_KEYS = ['client_id', 'client_secret', 'client_secret_file', 'access_token'];

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
  const org = draft.offline ? undefined : readOrg(values, merged, context, draft, issues, warnings);
  // A value that still holds its ${VAR} is wrong in other ways too, which are beside the point.
  const all = [...unset, ...issues.filter((issue) => !unset.some(({ path }) => path === issue.path))];
  if (all.length > 0 || checked.data === undefined) return { settings: undefined, issues: all, warnings };
  return { settings: settingsOf(checked.data, org), issues: [], warnings };
}

function weigh(draft: Draft): { merged: Merged; mapFlags: ReadonlyMap<number, string> } {
  const file: Layer = { values: draft.file.values, originOf: () => draft.file.origin };
  const layers = [draft.flags, draft.environment, file].map((layer) => (draft.offline ? withoutOrg(layer) : layer));
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

function secretsOf({ flags, environment, file }: Draft): Secrets {
  const secrets = new Secrets();
  for (const { values } of [flags, environment, file]) {
    for (const key of ['client_secret', 'access_token']) secrets.add(values[key]);
  }
  for (const { path, value } of file.replaced) if (path.some(isSecretKey)) secrets.add(value);
  return secrets;
}

/** The unset variables that matter: those of keys that have an effect and that no stronger source gives. */
function unsetIssues(draft: Draft, merged: Merged, context: IssueContext): ConfigIssue[] {
  const usesToken = signInKind(merged) === 'access_token';
  return draft.file.unset.flatMap((variable) => {
    const path = canonicalPath(variable.path, draft.file.spelled);
    const [key = '', index] = path;
    const isOverruled = merged.rankOf(String(key)) !== 2 || (typeof index === 'number' && context.mapFlags.has(index));
    const isIdle = valueAt(merged.values, path) === undefined;
    const isOtherSignIn = usesToken && key !== 'access_token' && SIGN_IN_KEYS.includes(String(key));
    if (isOverruled || isIdle || isOtherSignIn) return [];
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

function readOrg(
  config: Partial<CheckedConfig>,
  merged: Merged,
  context: IssueContext,
  draft: Draft,
  issues: ConfigIssue[],
  warnings: string[],
): Pick<OrgSettings, 'orgUrl' | 'signIn' | 'proxyUrl' | 'rootCasFile'> | undefined {
  const absolute = (key: string, path: string) =>
    resolve(merged.rankOf(key) === 2 ? draft.file.folder : draft.cwd, path);
  const signIn = readSignIn(config, merged, context, issues, absolute);
  const orgUrl = config.org_url === undefined ? undefined : readOrgUrl(config.org_url);
  if (merged.rankOf('org_url') === undefined) {
    const message = 'is missing; expected the URL of the org, here, as SALESFORCE_ORG_URL or with --org-url';
    issues.push(issueAt(['org_url'], message, context));
  } else if (orgUrl !== undefined && 'problem' in orgUrl) {
    const hasPassword = config.org_url?.includes('@') === true;
    issues.push((hasPassword ? issueAt : misfitAt)(['org_url'], orgUrl.problem, context));
  }
  const proxyUrl = config.http?.proxy_url;
  if (proxyUrl !== undefined && !isProxyUrl(proxyUrl)) {
    issues.push(misfitAt(['http', 'proxy_url'], 'expected a URL such as http://proxy.example:3128', context));
  }
  const rootCas = config.http?.tls?.root_cas_file;
  const rootCasFile = rootCas === undefined ? undefined : absolute('http', rootCas);
  const problem = rootCasFile === undefined ? undefined : whyUnreadable(rootCasFile);
  if (problem !== undefined) issues.push(issueAt(['http', 'tls', 'root_cas_file'], problem, context));
  if (orgUrl === undefined || 'problem' in orgUrl || signIn === undefined) return undefined;
  if (orgUrl.warning !== undefined) warnings.push(orgUrl.warning);
  return { orgUrl: orgUrl.url, signIn, proxyUrl, rootCasFile };
}

function settingsOf(
  config: CheckedConfig,
  org: Pick<OrgSettings, 'orgUrl' | 'signIn' | 'proxyUrl' | 'rootCasFile'> | undefined,
): Settings {
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
