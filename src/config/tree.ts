import { isObject, reasonOf } from '../core/unknown.js';

/** The way to a value inside a configuration: `['topic_mappings', 1, 'operation']`. */
export type Path = readonly PropertyKey[];

/** `topic_mappings[1].operation` */
export function pathText(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** The value at a path, or undefined where the path does not lead anywhere. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** Where and why a file is no configuration. Never quotes YAML or JSON, which may hold secrets. */
export class DocumentError extends Error {}

const MOST_LEVELS = 50;
const MOST_VALUES = 1_000_000;

/**
 * A copy of keys and values that is read once and ends: what refers to itself, goes on without end or throws when it is
 * read is no configuration. Throws `DocumentError`, which names the place.
 */
export function plainTree(root: unknown): unknown {
  let values = 0;
  const copy = (value: unknown, path: Path, above: readonly unknown[]): unknown => {
    const where = path.length === 0 ? 'it' : pathText(path);
    if (++values > MOST_VALUES) throw new DocumentError(`it has more than ${MOST_VALUES} values`);
    if (typeof value !== 'object' || value === null) return value;
    if (above.includes(value)) throw new DocumentError(`${where} refers to itself`);
    if (above.length === MOST_LEVELS) throw new DocumentError(`it has more than ${MOST_LEVELS} levels`);
    const inner = (item: unknown, key: string | number): unknown => copy(item, [...path, key], [...above, value]);
    try {
      if (Array.isArray(value)) return Array.from(value, inner);
      return isObject(value)
        ? Object.fromEntries(Object.keys(value).map((key) => [key, inner(value[key], key)]))
        : value;
    } catch (error) {
      if (error instanceof DocumentError) throw error;
      throw new DocumentError(`${where} cannot be read: ${reasonOf(error)}`);
    }
  };
  return copy(root, [], []);
}
