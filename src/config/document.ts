import { reasonOf } from '../core/unknown.js';
import { isAlias, isCollection, LineCounter, parseDocument, visit, type Node } from 'yaml';
import { DocumentError, plainTree } from './tree.js';
import { VARIABLE } from './environment.js';

/**
 * Parses YAML, or JSON, which is YAML too. Numbers and booleans that JavaScript would write otherwise stay text as
 * they were written: `65.0`, `FALSE`, an all-digit secret.
 * A file without content is undefined. Throws `DocumentError`.
 */
export function parseConfigText(source: string): unknown {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    throw new DocumentError(withoutQuotes(reasonOf(error)));
  }
}

function parse(source: string): unknown {
  // A ${VAR} may stand where YAML would trip over it, as in [${BROKERS}]; Redpanda Connect replaces them beforehand.
  const variables: string[] = [];
  const masked = source.replaceAll(VARIABLE, (written) => `\uE000${variables.push(written) - 1}\uE001`);
  const unmask = (text: string) =>
    text.replaceAll(/\uE000(\d+)\uE001/g, (mask, index) => variables[Number(index)] ?? mask);

  const lines = new LineCounter();
  const failAt = (offset: number, problem: string): never => {
    const { line, col } = lines.linePos(offset);
    throw new DocumentError(`line ${line}, column ${col}: ${problem}`);
  };
  // The parser's own warnings would quote the file on standard error.
  const options = { merge: true, prettyErrors: false, lineCounter: lines, logLevel: 'error' } as const;
  const document = parseDocument(masked, options);
  const [error] = document.errors;
  if (error !== undefined) failAt(error.pos[0], withoutQuotes(error.message));
  visit(document, {
    Pair(_, { key }) {
      const name = isAlias(key) ? key.resolve(document) : key;
      if (isCollection(name))
        failAt((key as Node).range?.[0] ?? 0, 'a list or a map where a key belongs; put quotes around it');
    },
    Scalar(_, scalar) {
      if (typeof scalar.value === 'number' || typeof scalar.value === 'boolean') {
        if (scalar.source !== undefined && String(scalar.value) !== scalar.source) scalar.value = scalar.source;
      } else if (typeof scalar.value === 'string') {
        scalar.value = unmask(scalar.value);
      }
    },
  });
  return plainTree(document.toJS()) ?? undefined;
}

// The parser's sentences end in what they found there, if they tell it: "…: "s3cret"".
function withoutQuotes(message: string): string {
  if (message.includes('call stack')) return 'too many levels';
  return message.replace(/:\s.*$/s, '').replaceAll(/\s*"[^"]*"?/g, '');
}
