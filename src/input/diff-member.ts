import type { JsonObject } from '../core/record.js';
import { cutOut, membersNamed, withMember } from './dead-letter.js';
import { isJsonObject } from './json.js';

/** What a line is for, in the file of lines that make the org equal to the input. */
export type DiffAction = 'create' | 'update' | 'delete';

const ACTIONS = new Set<unknown>(['create', 'update', 'delete'] satisfies DiffAction[]);

/** The line with the member that says what it is for. Its other members stay as they are, to the letter. */
export function withDiff(text: string, action: DiffAction, insertKey?: string): string {
  return withMember(text, 'diff', { action, insert_key: insertKey });
}

/** Is there such a member? Another one of that name is the line's own. */
export function hasDiff({ diff }: JsonObject): boolean {
  return (
    isJsonObject(diff) &&
    ACTIONS.has(diff['action']) &&
    Object.keys(diff).every((name) => name === 'action' || name === 'insert_key')
  );
}

/** The line as it was before. */
export function withoutDiff(text: string): string {
  return cutOut(text, membersNamed(text, 'diff'));
}
