import { ApiError, type RecordError } from '../api-error.js';
import { attributeOf, entryOf, type JsonNode } from '../json.js';
import type { Org } from '../org.js';
import { readJsonRecord } from '../records/read-json.js';
import type { WriteRow } from '../records/row.js';
import { saveRows } from '../records/save.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { MAX_RECORDS, readJsonBody, saveOptions, typeOf, type JsonBody } from './body.js';

const MAX_DEPTH = 5;

/** Records of one type that stand together, below a record or at the top. */
interface Siblings {
  readonly records: JsonNode | undefined;
  readonly type: SObjectType;
  readonly depth: number;
  readonly parent?: { readonly node: TreeNode; readonly lookup: DescribeField } | undefined;
}

interface TreeNode extends Pick<Siblings, 'parent'> {
  readonly referenceId: string;
  readonly row: WriteRow;
  /** Once it is written. */
  id?: string | undefined;
}

interface TreeResult {
  readonly referenceId: string;
  readonly id?: string | undefined;
  readonly errors?: readonly RecordError[];
}

/** POST /composite/tree/{Type}: records with their children, all or none. */
export function postTree(org: Org, request: ApiRequest): ApiResponse {
  const body = readJsonBody(request);
  const nodes = readTree(org, body, { records: entryOf(body.node, 'records'), type: typeOf(org, request), depth: 1 });
  const options = saveOptions(org, request);
  const results = org.transaction(
    () => nodes.flatMap((node) => write(org, node, options)),
    (all) => all.every((one) => one.errors === undefined),
  );
  const failed = results.filter((one) => one.errors !== undefined);
  return failed.length > 0
    ? { status: 400, json: { hasErrors: true, results: failed } }
    : { status: 201, json: { hasErrors: false, results } };
}

/** What is below a record that fails is not tried. */
function write(org: Org, node: TreeNode, { assignmentRules, by }: ReturnType<typeof saveOptions>): TreeResult[] {
  const { referenceId, row, parent } = node;
  if (parent && parent.node.id === undefined) return [];
  if (parent) row.values.set(parent.lookup, parent.node.id ?? null);
  const [outcome] = saveRows(org, [row], { operation: 'insert', assignmentRules, by });
  if (!outcome?.success) return [{ referenceId, errors: outcome?.errors ?? [] }];
  node.id = outcome.id;
  return [{ referenceId, id: outcome.id }];
}

/** Every record of the tree, parents first. */
function readTree(org: Org, { refusal }: JsonBody, top: Siblings): TreeNode[] {
  const nodes = new Map<string, TreeNode>();
  const lists = [top];
  for (const { records, type, depth, parent } of lists) {
    if (records?.kind !== 'array') throw refusal('"records" must be an array', records);
    if (depth > MAX_DEPTH) throw invalidInput(`A tree can be ${MAX_DEPTH} levels deep.`);
    for (const item of records.items) {
      if (item.kind !== 'object') throw refusal('A record must be an object', item);
      const referenceId = attributeOf(item, 'referenceId');
      if (referenceId === undefined) throw invalidInput('Include a reference ID for each record in the request.');
      if (nodes.has(referenceId)) throw invalidInput(`Duplicate reference ID: ${referenceId}`);
      if (nodes.size === MAX_RECORDS) throw invalidInput(`A tree can hold ${MAX_RECORDS} records.`);
      if (attributeOf(item, 'type')?.toLowerCase() !== type.name.toLowerCase()) {
        throw invalidInput(`The type of ${referenceId} must be ${type.name}.`);
      }
      const below = item.entries.map((entry) => ({
        entry,
        records: entry.value.kind === 'object' ? entryOf(entry.value, 'records') : undefined,
        child: org.schema.childRelationship(type, entry.key),
      }));
      const entries = below.flatMap(({ entry, ...one }) => (one.records && one.child ? [] : [entry]));
      const context = { schema: org.schema, operation: 'insert', unreadable: refusal } as const;
      const node: TreeNode = { referenceId, row: readJsonRecord(type, { ...item, entries }, context), parent };
      nodes.set(referenceId, node);
      for (const one of below) {
        if (!one.records || !one.child) continue;
        const lookup = one.child.field;
        lists.push({ records: one.records, type: one.child.type, depth: depth + 1, parent: { node, lookup } });
      }
    }
  }
  return [...nodes.values()];
}

function invalidInput(message: string): ApiError {
  return new ApiError(400, 'INVALID_INPUT', message);
}
