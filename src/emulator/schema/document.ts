import type { DescribeDocument, DescribeField, Scope } from './describe.js';

/** A whole document from the keys that matter; everything else as an org would fill it in. */
export function completeDocument(
  given: Partial<DescribeDocument> & { name: string; fields: readonly DescribeField[] },
): DescribeDocument {
  const isEvent = given.name.endsWith('__e');
  const label = given.label ?? given.name.replace(/__\w$/, '').replaceAll('_', ' ');
  return {
    ...unusedDocumentKeys(label, isEvent),
    label,
    labelPlural: `${label}s`,
    custom: /__\w$/.test(given.name),
    keyPrefix: null,
    createable: true,
    updateable: !isEvent,
    deletable: !isEvent,
    queryable: !isEvent,
    deprecatedAndHidden: false,
    recordTypeInfos: [],
    actionOverrides: [],
    namedLayoutInfos: [],
    supportedScopes: scopes(given),
    ...given,
  };
}

/** What list views may be limited to; custom sObjects without a tab have none. */
function scopes({ name, labelPlural = `${name}s` }: Partial<DescribeDocument> & { name: string }): Scope[] {
  if (/__\w$/.test(name)) return [];
  const plural = labelPlural.toLowerCase();
  return [
    { label: `All ${plural}`, name: 'everything' },
    { label: `My ${plural}`, name: 'mine' },
  ];
}

/** What the emulator does nothing with, as most sObjects of a real org have it. */
function unusedDocumentKeys(label: string, isEvent: boolean): Readonly<Record<string, unknown>> {
  return {
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    compactLayoutable: !isEvent,
    customSetting: false,
    deepCloneable: false,
    defaultImplementation: null,
    extendedBy: null,
    extendsInterfaces: null,
    feedEnabled: !isEvent,
    hasSubtypes: false,
    implementedBy: null,
    implementsInterfaces: null,
    isInterface: false,
    isSubtype: false,
    layoutable: !isEvent,
    listviewable: null,
    lookupLayoutable: null,
    mergeable: ['Account', 'Contact', 'Lead'].includes(label),
    mruEnabled: !isEvent,
    networkScopeFieldName: null,
    replicateable: !isEvent,
    retrieveable: !isEvent,
    searchLayoutable: !isEvent,
    searchable: !isEvent,
    sobjectDescribeOption: 'FULL',
    triggerable: true,
    undeletable: !isEvent,
  };
}
