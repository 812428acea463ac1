import { UsageError } from '../core/errors.js';
import type { Settings } from '../core/settings.js';
import type { InputFlags } from './flags.js';

/** The topic of bare records, checked against the mappings; undefined where `--topic` is not given. Throws `UsageError`. */
export function bareTopic(flags: InputFlags, settings: Settings): string | undefined {
  const { topic } = flags;
  if (topic === undefined) return undefined;
  if (flags.envelope !== undefined && flags.envelope !== 'auto') {
    throw new UsageError(
      `--topic says that the lines are bare records, --envelope that they are ${flags.envelope}'s.`,
      {
        hint: 'Give one of them.',
      },
    );
  }
  const topics = settings.mappings.map((mapping) => mapping.topic);
  if (topics.includes(topic)) return topic;
  throw new UsageError(`--topic ${topic} has no mapping, so no line could be sent.`, {
    hint: `Mapped topics: ${topics.join(', ')}. Add one with --map ${topic}=SOBJECT:OPERATION:EXTERNAL_ID_FIELD.`,
  });
}
