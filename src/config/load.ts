import { isObject } from '../core/unknown.js';
import { dirname } from 'node:path';
import { ConfigError, type ConfigIssue } from '../core/errors.js';
import type { Settings } from '../core/settings.js';
import { assemble, type Draft } from './assemble.js';
import { DocumentError, plainTree } from './tree.js';
import { findProcessors, findSalesforceSinks, isConnectPipeline } from './connect-file.js';
import { interpolate, type Environment, type Interpolated } from './environment.js';
import { readConfigFile, searchConfigFile, type ConfigFile } from './find-file.js';
import { kindOf } from './issues.js';
import { environmentLayers, flagLayer, parseMapFlag, type TypedMapping, type TypedOptions } from './layers.js';
import type { Config } from './schema.js';
import { foldSpellings } from './spellings.js';

interface LoadedSettings {
  readonly settings: Settings;
  /** The configuration file, as the user would name it. */
  readonly configPath: string | undefined;
  /** What is allowed but has no effect; one sentence each. */
  readonly warnings: readonly string[];
}

interface LoadOptions {
  /** The org is left out: no URL and no sign-in are needed, and none are returned. */
  readonly offline: boolean;
}

/**
 * Folds flags, environment and configuration file into settings, in that order of precedence; the variables of the
 * Salesforce CLI come last. Reads files (the configuration, secrets' files), and nothing else.
 * Throws `ConfigError` with every mistake there is.
 */
export async function loadSettings(
  typed: TypedOptions,
  environment: Environment,
  cwd: string,
  options: LoadOptions,
): Promise<LoadedSettings> {
  const file = typed.config === undefined ? await searchConfigFile(cwd) : await readConfigFile(typed.config, cwd);
  const source = file === undefined ? undefined : sourceOf(file, cwd);
  const interpolated = interpolate(source?.config ?? {}, environment);
  const maps = (typed.map ?? []).map((text) => ({ text, mapping: parseMapFlag(text) }));
  const mapIssues = maps.flatMap(({ mapping }) => ('message' in mapping ? [mapping] : []));
  const { strong, weak } = environmentLayers(environment);
  const draft: Draft = {
    strong: [flagLayer(typed), strong],
    weak,
    file: { ...foldFile(interpolated), origin: source?.origin ?? 'file', folder: source?.folder ?? cwd },
    maps: maps.filter((map): map is { text: string; mapping: TypedMapping } => !('message' in map.mapping)),
    cwd,
    offline: options.offline,
  };
  const { settings, issues, warnings } = assemble(draft);
  const all = [...mapIssues, ...issues];
  if (settings === undefined || all.length > 0) throw failure(all, file, typed);
  return { settings, configPath: file?.shown, warnings: [...(source?.warnings ?? []), ...warnings] };
}

/**
 * Checks a configuration that a program gives, with the keys of a configuration file. No environment is looked at.
 * Throws `ConfigError` with every mistake there is.
 */
export function settingsFromObject(config: unknown): Settings {
  const copied = copyOf(config);
  if (!isObject(copied)) throw new ConfigError('The configuration must be an object.');
  const { settings, issues } = assemble({
    strong: [],
    weak: [],
    file: { ...foldFile({ value: copied, unset: [], replaced: [] }), origin: undefined, folder: '.' },
    maps: [],
    cwd: '.',
    offline: false,
  });
  if (settings === undefined || issues.length > 0) throw new ConfigError(headline(issues, undefined), issues);
  return settings;
}

function copyOf(config: unknown): unknown {
  try {
    return plainTree(config);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    throw new ConfigError(`Cannot understand the configuration: ${error.message}`);
  }
}

export type { Config, TypedOptions };

interface Source {
  readonly config: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  readonly origin: string;
  /** Where relative paths in it begin. */
  readonly folder: string;
}

function sourceOf(file: ConfigFile, cwd: string): Source {
  const document = file.document ?? {};
  if (!isObject(document)) {
    throw new ConfigError(
      `${file.shown} is not a configuration: expected keys and values, such as "org_url: https://…".`,
    );
  }
  if (!isConnectPipeline(document)) {
    return { config: document, warnings: [], origin: file.shown, folder: dirname(file.path) };
  }
  const [sink, ...others] = findSalesforceSinks(document);
  if (sink === undefined) {
    throw new ConfigError(`${file.shown} is a Redpanda Connect pipeline without a salesforce_sink output.`, [], {
      hint: 'Expected it at output.salesforce_sink, in output.broker.outputs or in output.switch.cases.',
    });
  }
  if (!isObject(sink.config)) {
    const message = `expected keys and values; found ${kindOf(sink.config)}`;
    throw failure([{ path: sink.path, message, origin: file.shown }], file, {});
  }
  if (others.length > 0) {
    const places = [sink, ...others].map(({ path }) => path).join(' and ');
    throw new ConfigError(`${file.shown} has ${others.length + 1} salesforce_sink outputs: ${places}.`, [], {
      hint: 'Copy the one to use into a file of its own, and name that with --config FILE.',
    });
  }
  // Redpanda Connect takes relative paths from its working folder, so a pipeline's are taken from ours.
  const processors = findProcessors(document);
  const verb = processors.length === 1 ? 'is' : 'are';
  const warnings =
    processors.length === 0
      ? []
      : [`${processors.join(', ')} ${verb} not run: records are sent as they are in the input`];
  return { config: sink.config, warnings, origin: `${file.shown}, ${sink.path}`, folder: cwd };
}

function foldFile({ value, unset, replaced }: Interpolated) {
  return { ...foldSpellings(isObject(value) ? value : {}), unset, replaced };
}

function failure(issues: readonly ConfigIssue[], file: ConfigFile | undefined, typed: TypedOptions): ConfigError {
  if (file !== undefined || (typed.map ?? []).length > 0) return new ConfigError(headline(issues, file?.shown), issues);
  return new ConfigError('There is no configuration: no file was found and no --map is given.', issues, {
    hint: 'Write one with sfreplay init, name one with --config FILE, or give the mappings with --map TOPIC=SOBJECT:OPERATION:EXTERNAL_ID_FIELD.',
  });
}

function headline(issues: readonly ConfigIssue[], shown: string | undefined): string {
  const count = issues.length === 1 ? 'There is a mistake' : `There are ${issues.length} mistakes`;
  return `${count} in the configuration${shown === undefined ? '' : ` (${shown})`}.`;
}
