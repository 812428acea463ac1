import { isObject } from '../core/unknown.js';
import type { Loader } from 'cosmiconfig';
import { findSalesforceSinks, isConnectPipeline } from './connect-file.js';
import { interpolate, type Environment } from './environment.js';
import { readConfigFile, searchConfigFile } from './find-file.js';

/** A topic mapping as far as it can be told without judging the configuration; what is not there is empty. */
export interface KnownMapping {
  readonly topic: string;
  readonly sobject: string;
  readonly externalIdField: string;
}

/**
 * The topic mappings of the configuration that applies, for completion: none where it cannot be read. One that is a program
 * is found, and nothing beyond it, but never run.
 */
export async function knownMappings(
  named: string | undefined,
  environment: Environment,
  cwd: string,
): Promise<KnownMapping[]> {
  try {
    const file = await (named === undefined ? searchConfigFile(cwd, NOT_RUN) : readConfigFile(named, cwd, NOT_RUN));
    return mappingsOf(interpolate(file?.document, environment).value);
  } catch {
    return [];
  }
}

const notRun: Loader = () => ({});
const NOT_RUN = { '.js': notRun, '.mjs': notRun, '.cjs': notRun };

function mappingsOf(document: unknown): KnownMapping[] {
  if (!isObject(document)) return [];
  const configs = isConnectPipeline(document) ? findSalesforceSinks(document).map(({ config }) => config) : [document];
  return configs.filter(isObject).flatMap(({ topic_mappings: mappings }) =>
    (Array.isArray(mappings) ? mappings : []).filter(isObject).map((mapping) => ({
      topic: textOf(mapping.topic),
      sobject: textOf(mapping.sobject),
      externalIdField: textOf(mapping.external_id_field),
    })),
  );
}

/** A line break would be taken for two names. */
function textOf(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return /\p{Cc}/u.test(text) ? '' : text;
}
