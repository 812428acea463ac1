import type { Settings } from '../core/settings.js';
import type { InputSummary } from './summary.js';

/** What the account of the input says of the shard: nothing where there is only one. */
export function shardOf({ shard: { index, count } }: Settings): Pick<InputSummary, 'shard'> {
  return count === 1 ? {} : { shard: `${index}/${count}` };
}
