import { ApiError, type RecordError } from '../api-error.js';
import { entryOf, type JsonNode, type JsonObject } from '../json.js';
import type { Org } from '../org.js';
import { readJsonRecord } from '../records/read-json.js';
import { saveRows } from '../records/save.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { readJsonBody, saveOptions, typeOf, type JsonBody } from './body.js';

const MAX_RECORDS = 200;
const MAX_DEPTH = 5;

/** A record of the tree, with the records below it. */
interface TreeNode {
  readonly referenceId: string;
  readonly type: SObjectType;
  readonly record: JsonObject;
  readonly children: readonly { readonly lookup: DescribeField; readonly nodes: readonly TreeNode[] }[];
}

interface TreeResult {
  readonly referenceId: string;
  readonly id?: string | undefined;
  readonly errors?: readonly RecordError[];
}

/** POST /composite/tree/{Type}: records with their children, all or none. */
export function postTree(org: Org, request: ApiRequest): ApiResponse {
  const type = typeOf(org, request);
  const body = readJsonBody(request);
  const nodes = new TreeReader(org, body).nodes(entryOf(body.node, 'records'), type, 1);
  const writer = new TreeWriter(org, request, body);
  const results = org.transaction(
    () => writer.write(nodes),
    (all) => all.every((one) => one.errors === undefined),
  );
  const failed = results.filter((one) => one.errors !== undefined);
  return failed.length > 0
    ? { status: 400, json: { hasErrors: true, results: failed } }
    : { status: 201, json: { hasErrors: false, results } };
}

class TreeReader {
  readonly #org: Org;
  readonly #body: JsonBody;
  readonly #references = new Set<string>();

  constructor(org: Org, body: JsonBody) {
    this.#org = org;
    this.#body = body;
  }

  nodes(records: JsonNode | undefined, type: SObjectType, depth: number): TreeNode[] {
    if (records?.kind !== 'array') throw this.#body.refusal('"records" must be an array', records);
    if (depth > MAX_DEPTH) throw invalidInput(`A tree can be ${MAX_DEPTH} levels deep.`);
    return records.items.map((item) => {
      if (item.kind !== 'object') throw this.#body.refusal('A record must be an object', item);
      return this.#node(item, type, depth);
    });
  }

  #node(item: JsonObject, type: SObjectType, depth: number): TreeNode {
    const attributes = entryOf(item, 'attributes');
    const told = (key: string): string | undefined => {
      const value = attributes?.kind === 'object' ? entryOf(attributes, key) : undefined;
      return value?.kind === 'string' ? value.value : undefined;
    };
    const referenceId = told('referenceId');
    if (referenceId === undefined) throw invalidInput('Include a reference ID for each record in the request.');
    if (this.#references.has(referenceId)) throw invalidInput(`Duplicate reference ID: ${referenceId}`);
    this.#references.add(referenceId);
    if (this.#references.size > MAX_RECORDS) throw invalidInput(`A tree can hold ${MAX_RECORDS} records.`);
    if (told('type')?.toLowerCase() !== type.name.toLowerCase()) {
      throw invalidInput(`The type of ${referenceId} must be ${type.name}.`);
    }
    const children: TreeNode['children'][number][] = [];
    const entries = item.entries.filter(({ key, value }) => {
      const below = value.kind === 'object' ? entryOf(value, 'records') : undefined;
      const child = below && this.#org.schema.childRelationship(type, key);
      if (child) children.push({ lookup: child.field, nodes: this.nodes(below, child.type, depth + 1) });
      return !child;
    });
    return { referenceId, type, record: { ...item, entries }, children };
  }
}

class TreeWriter {
  readonly #org: Org;
  readonly #body: JsonBody;
  readonly #options: ReturnType<typeof saveOptions>;

  constructor(org: Org, request: ApiRequest, body: JsonBody) {
    this.#org = org;
    this.#body = body;
    this.#options = saveOptions(org, request);
  }

  /** Parents first; what is below a record that fails is not tried. */
  write(nodes: readonly TreeNode[], lookup?: DescribeField, parentId?: string): TreeResult[] {
    const rows = nodes.map(({ type, record }) => {
      const row = readJsonRecord(type, record, {
        schema: this.#org.schema,
        operation: 'insert',
        unreadable: (message, place) => {
          throw this.#body.refusal(message, place);
        },
      });
      if (lookup && parentId !== undefined) row.values.set(lookup, parentId);
      return row;
    });
    const { assignment, by } = this.#options;
    const outcomes = saveRows(this.#org, rows, { operation: 'insert', assignment, by });
    const own = nodes.map(({ referenceId }, index): TreeResult => {
      const outcome = outcomes[index];
      return outcome?.success ? { referenceId, id: outcome.id } : { referenceId, errors: outcome?.errors ?? [] };
    });
    const below = nodes.flatMap(({ children }, index) => {
      const id = outcomes[index]?.success ? outcomes[index].id : undefined;
      return id === undefined ? [] : children.flatMap((child) => this.write(child.nodes, child.lookup, id));
    });
    return [...own, ...below];
  }
}

function invalidInput(message: string): ApiError {
  return new ApiError(400, 'INVALID_INPUT', message);
}
