import { describeFields } from '../../checking/describe-fields.js';
import { loadSettings } from '../../config/load.js';
import { ConfigError, PreflightError } from '../../core/errors.js';
import { guessSObject } from './guess-sobject.js';
import { namesOf, type KnownFields } from './propose.js';
import { proposeNames } from './rename.js';
import type { TopicSample } from './sample.js';
import { standardFields, type KnownSObject } from './standard-fields.js';

/**
 * The fields that records may have: as the org describes them where the environment says how to sign in and some names are
 * unknown, else what is usual. `warning` says why an org was not asked that was meant to be.
 */
export async function knownFieldsOf(
  samples: readonly TopicSample[],
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<{ readonly fields: KnownFields; readonly warning?: string }> {
  const unclear = samples.flatMap((sample) => {
    const names = namesOf(sample);
    const { name } = guessSObject(sample.topic, names, sample.sobject);
    const known = standardFields(name);
    const isClear = names.every(
      (one) => /__[a-z]$|^id$|\./i.test(one) || known.fields.some((field) => field.name === one),
    );
    return isClear && proposeNames(sample, known) === undefined ? [] : [name];
  });
  if (unclear.length === 0) return { fields: standardFields };
  try {
    const sobjects = [...new Set(unclear)];
    const typed = { map: sobjects.map((name) => `${name}=${name}:insert`), maxRetries: '0' };
    const { settings } = await loadSettings(typed, environment, cwd, { offline: false });
    const described = await describeFields(settings, sobjects, environment);
    const describedOf = (sobject: string): KnownSObject | undefined => {
      const fields = described.get(sobject);
      return fields && { fields, isDescribed: true };
    };
    return { fields: (sobject) => describedOf(sobject) ?? standardFields(sobject) };
  } catch (error) {
    if (error instanceof ConfigError) return { fields: standardFields };
    if (!(error instanceof PreflightError)) throw error;
    return { fields: standardFields, warning: `The fields of the org could not be read: ${error.message}` };
  }
}
