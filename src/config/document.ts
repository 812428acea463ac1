import { LineCounter, parseDocument, visit } from 'yaml';
import { DocumentError } from './document-error.js';
import { VARIABLE } from './environment.js';

/**
 * Parses YAML, or JSON, which is YAML too. Numbers and booleans that JavaScript would write otherwise stay text as
 * they were written: `65.0`, `FALSE`, an all-digit secret.
 * A file without content is undefined. Throws `DocumentError`.
 */
export function parseConfigText(source: string): unknown {
  // A ${VAR} may stand where YAML would trip over it, as in [${BROKERS}]; Redpanda Connect replaces them beforehand.
  const variables: string[] = [];
  const masked = source.replaceAll(VARIABLE, (written) => `\uE000${variables.push(written) - 1}\uE001`);
  const unmask = (text: string) =>
    text.replaceAll(/\uE000(\d+)\uE001/g, (mask, index) => variables[Number(index)] ?? mask);

  const lines = new LineCounter();
  const document = parseDocument(masked, { merge: true, prettyErrors: false, lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new DocumentError(`line ${line}, column ${col}: ${withoutQuotes(error.message)}`);
  }
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === 'number' || typeof scalar.value === 'boolean') {
        if (scalar.source !== undefined && String(scalar.value) !== scalar.source) scalar.value = scalar.source;
      } else if (typeof scalar.value === 'string') {
        scalar.value = unmask(scalar.value);
      }
    },
  });
  return toPlain(document);
}

function toPlain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS() ?? undefined;
  } catch (error) {
    throw new DocumentError(withoutQuotes(error instanceof Error ? error.message : String(error)));
  }
}

// The parser's sentences end in what they found there, if they tell it: "…: "s3cret"".
function withoutQuotes(message: string): string {
  return message.replace(/:\s.*$/s, '').replaceAll(/\s*"[^"]*"?/g, '');
}
