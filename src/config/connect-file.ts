import { isObject, pathText, type Path } from './path.js';

/** The output of a Redpanda Connect pipeline that is a configuration of ours. */
export interface SalesforceSink {
  /** For example `output.broker.outputs[1].salesforce_sink`. */
  readonly path: string;
  readonly config: Record<string, unknown>;
}

/** True for a Redpanda Connect pipeline; a configuration of our own has none of its keys. */
export function isConnectPipeline(document: Readonly<Record<string, unknown>>): boolean {
  return 'output' in document || ('pipeline' in document && 'input' in document) || 'output_resources' in document;
}

/**
 * Finds the `salesforce_sink` of a pipeline: under `output`, in `output.broker.outputs[]` or `output.switch.cases[].output`,
 * or wherever else Connect nests one output in another (`fallback`, `retry`, `drop_on`, `output_resources`, …).
 * Labels, processors and everything else of the pipeline are Connect's business and passed over.
 */
export function findSalesforceSinks(document: Readonly<Record<string, unknown>>): SalesforceSink[] {
  return [...sinksIn(document.output, ['output']), ...sinksIn(document.output_resources, ['output_resources'])];
}

function sinksIn(value: unknown, path: Path): SalesforceSink[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => sinksIn(item, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const inner = [...path, key];
    if (key !== 'salesforce_sink') return sinksIn(item, inner);
    return [{ path: pathText(inner), config: isObject(item) ? item : {} }];
  });
}
