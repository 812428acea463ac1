import type { TopicSample } from './sample.js';
import type { KnownSObject } from './standard-fields.js';

const API_NAME = /^(?:(?:[A-Z]\w*:)?([A-Z]\w*)\.)?[A-Z]\w*__p?c$/i;

/** What the names of a topic's records mean. */
export interface ProposedNames {
  /** Targets with the names of their sources. */
  readonly fields: ReadonlyMap<string, string>;
  /** Names that are no field's in any spelling. */
  readonly left: readonly string[];
}

/**
 * Finds the fields that the records have in camelCase or snake_case (`lastName`, `last_name`). Undefined where no name is
 * another than its field's, so that the records can be sent as they are.
 */
export function proposeNames({ fields: seen }: TopicSample, known: KnownSObject): ProposedNames | undefined {
  const exact = new Map(['Id', ...known.fields.map(({ name }) => name)].map((name) => [name.toLowerCase(), name]));
  const likely = new Map(known.fields.toReversed().map(({ name }) => [plainName(name), name]));
  // A custom field counts where no standard one is called alike.
  for (const { name } of known.fields) if (!name.endsWith('__c')) likely.set(plainName(name), name);
  const ownName = (source: string): string | undefined =>
    exact.get(source.toLowerCase()) ?? (mayBeField(source, known) ? source : undefined);
  const names = [...seen].map(([source, count]) => ({ source, count, own: ownName(source) }));
  names.sort((a, b) => Number(b.own !== undefined) - Number(a.own !== undefined) || b.count - a.count);
  const sources = new Map<string, string>();
  const left: string[] = [];
  for (const { source, own } of names) {
    // That of another system.
    const isForeignId = own === 'Id' && source !== 'Id';
    const target = isForeignId ? undefined : (own ?? likely.get(plainName(source)));
    if (target === undefined || sources.has(target)) left.push(source);
    else sources.set(target, source);
  }
  const isRenaming = [...sources].some(([target, source]) => target.toLowerCase() !== source.toLowerCase());
  // In the order of the records.
  const places = new Map([...seen.keys()].map((name, place) => [name, place]));
  const placeOf = ([, source]: [string, string]): number => places.get(source) ?? 0;
  return isRenaming ? { fields: new Map([...sources].sort((a, b) => placeOf(a) - placeOf(b))), left } : undefined;
}

/** The name of a custom field that is not described, or a reference by an external id. */
function mayBeField(name: string, { fields, isDescribed }: KnownSObject): boolean {
  const [, relationship] = API_NAME.exec(name) ?? [];
  if (relationship === undefined || !isDescribed) return !isDescribed && API_NAME.test(name);
  return fields.some(({ relationshipName: known }) => known?.toLowerCase() === relationship.toLowerCase());
}

function plainName(name: string): string {
  return name
    .replace(/__c$/i, '')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .toLowerCase();
}
