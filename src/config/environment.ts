import { isObject } from '../core/unknown.js';
import { pathText, type Path } from './tree.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A `${VAR}` whose variable is not set and that has no default. */
interface UnsetVariable {
  readonly variable: string;
  readonly path: Path;
}

export interface Interpolated {
  readonly value: unknown;
  readonly unset: readonly UnsetVariable[];
  /** Where a variable was put in, and with what value. */
  readonly replaced: readonly { readonly path: Path; readonly value: string }[];
}

// As Redpanda Connect reads it: a default may itself hold one `${…}`, and `${{VAR}}` is the text `${VAR}`.
export const VARIABLE = /\$\{([0-9A-Za-z_.]+)(?::((?:\$\{[^}]+\}|[^}])*))?\}/g;
const ESCAPED = /\$\{(\{[0-9A-Za-z_.]+(?::(?:\$\{[^}]+\}|[^}])*)?\})\}/g;

/**
 * Replaces `${VAR}` and `${VAR:default}` in every string of a configuration, however deep; keys are left alone.
 * A default also stands in for a variable that is set to nothing. What cannot be replaced is left as written and listed.
 */
export function interpolate(value: unknown, environment: Environment, path: Path = []): Interpolated {
  if (typeof value === 'string') return interpolateText(value, environment, path);
  const unset: UnsetVariable[] = [];
  const replaced: { path: Path; value: string }[] = [];
  const inner = (item: unknown, key: string | number) => {
    const result = interpolate(item, environment, [...path, key]);
    unset.push(...result.unset);
    replaced.push(...result.replaced);
    return result.value;
  };
  if (Array.isArray(value)) return { value: value.map(inner), unset, replaced };
  if (!isObject(value)) return { value, unset, replaced };
  const entries = Object.entries(value).map(([key, item]) => [key, inner(item, key)] as const);
  return { value: Object.fromEntries(entries), unset, replaced };
}

/** One sentence for the user: which variable, and for which key. */
export function unsetVariableMessage({ variable, path }: UnsetVariable): string {
  return `the environment variable ${variable} is not set; ${pathText(path)} needs it, or a default as in \${${variable}:…}`;
}

function interpolateText(text: string, environment: Environment, path: Path): Interpolated {
  const unset: UnsetVariable[] = [];
  const replaced: { path: Path; value: string }[] = [];
  const replaceIn = (part: string): string =>
    part.replaceAll(VARIABLE, (written, variable: string, fallback: string | undefined) => {
      // Every object has members such as `constructor`, which are no variables.
      const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
      if (value !== undefined && (value !== '' || fallback === undefined)) {
        replaced.push({ path, value });
        return value;
      }
      if (fallback !== undefined) return replaceIn(fallback);
      unset.push({ variable, path });
      return written;
    });
  return { value: replaceIn(text).replaceAll(ESCAPED, '$$$1'), unset, replaced };
}
