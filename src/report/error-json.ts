import { SfreplayError } from '../core/errors.js';
import { safeText } from './format.js';
import { maskSecrets } from '../core/secrets.js';

/** Why there is no result, as the JSON document that stands in its place (contract section 1), with a newline at its end. */
export function formatErrorJson(error: unknown): string {
  const harmless = (text: string): string => safeText(maskSecrets(text));
  const document =
    error instanceof SfreplayError
      ? {
          code: error.code,
          message: harmless(error.headline),
          hint: error.hint === undefined ? undefined : maskSecrets(error.hint),
          problems:
            error.issues.length === 0
              ? undefined
              : error.issues.map(({ path, message, origin }) => ({
                  path: harmless(path),
                  message: harmless(message),
                  origin: origin === undefined ? undefined : harmless(origin),
                })),
        }
      : { code: 'BUG', message: harmless(error instanceof Error ? error.message : String(error)) };
  return `${JSON.stringify({ error: document }, null, 2)}\n`;
}
