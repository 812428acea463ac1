import { isObject } from '../core/unknown.js';
import { pathText, type Path } from './tree.js';

/** The output of a Redpanda Connect pipeline that is a configuration of ours. */
interface SalesforceSink {
  /** For example `output.broker.outputs[1].salesforce_sink`. */
  readonly path: string;
  /** An object, unless the file is wrong. */
  readonly config: unknown;
}

/** Where Connect and its documentation write outputs at the top of a file. */
const OUTPUTS = ['output', 'outputs', 'output_resources', 'salesforce_sink'];

/** True for a Redpanda Connect pipeline; a configuration of our own has none of its keys. */
export function isConnectPipeline(document: Readonly<Record<string, unknown>>): boolean {
  return OUTPUTS.some((key) => key in document) || ('pipeline' in document && 'input' in document);
}

/**
 * Finds the `salesforce_sink` of a pipeline: at the top, under `output` or `outputs`, in `output.broker.outputs[]` or
 * `output.switch.cases[].output`, or wherever else Connect nests one output in another (`fallback`, `retry`, `drop_on`,
 * `output_resources`, …). Labels and everything else of the pipeline are Connect's business and passed over.
 */
export function findSalesforceSinks(document: Readonly<Record<string, unknown>>): SalesforceSink[] {
  const outputs = Object.fromEntries(Object.entries(document).filter(([key]) => OUTPUTS.includes(key)));
  return found(outputs, 'salesforce_sink').map(({ path, value }) => ({ path: pathText(path), config: value }));
}

/** The pipeline's processors, which change or drop messages there and do nothing here: `pipeline.processors[0] (mapping)`. */
export function findProcessors(document: Readonly<Record<string, unknown>>): string[] {
  return found(document, 'processors').flatMap(({ path, value }) =>
    (Array.isArray(value) ? value : []).map((processor: unknown, index) => {
      const [name] = isObject(processor) ? Object.keys(processor).filter((key) => key !== 'label') : [];
      return `${pathText([...path, index])}${name === undefined ? '' : ` (${name})`}`;
    }),
  );
}

/** Every value of that key, but for those within one another. A sink's own keys are not Connect's. */
function found(value: unknown, key: string, path: Path = []): { readonly path: Path; readonly value: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => found(item, key, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    const inner = [...path, name];
    if (name === key) return [{ path: inner, value: item }];
    return name === 'salesforce_sink' ? [] : found(item, key, inner);
  });
}
