import type { ChildRelationship, DescribeDocument, DescribeField } from './describe.js';

/** Relationships that are not named after the child's plural. */
const NAMES: Readonly<Record<string, string | null>> = {
  'Account.ParentId': 'ChildAccounts',
  'Campaign.ParentId': 'ChildCampaigns',
  'Contact.ReportsToId': null,
};

/** The document's own list where it has one; otherwise what the lookups of the org's other sObjects make of it. */
export function childRelationships(
  document: DescribeDocument,
  types: readonly { readonly document: DescribeDocument }[],
): readonly ChildRelationship[] {
  if (document.childRelationships) return document.childRelationships;
  const taken = new Set<string>();
  return types.flatMap(({ document: child }) =>
    child.fields
      .filter((field) => field.referenceTo.includes(document.name))
      .map((field) => {
        const name = relationshipName(child, field);
        // Two lookups of one child cannot share a name; which name the second one was given, nobody knows here.
        const isFree = name !== null && !taken.has(name);
        if (isFree) taken.add(name);
        return {
          cascadeDelete: field.cascadeDelete,
          childSObject: child.name,
          deprecatedAndHidden: false,
          field: field.name,
          junctionIdListNames: [],
          junctionReferenceTo: [],
          relationshipName: isFree ? name : null,
          restrictedDelete: field.restrictedDelete,
        };
      }),
  );
}

function relationshipName(child: DescribeDocument, field: DescribeField): string | null {
  const exception = NAMES[`${child.name}.${field.name}`];
  if (exception !== undefined) return exception;
  // Users have no list of all that they own or made.
  if (field.referenceTo.includes('User')) return null;
  return field.custom ? `${child.name.replace(/__c$/, '')}s__r` : child.labelPlural.replaceAll(' ', '');
}
