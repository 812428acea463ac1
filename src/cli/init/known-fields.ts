import { describeFields } from '../../checking/describe-fields.js';
import type { TopicSample } from './sample.js';
import { loadSettings } from '../../config/load.js';
import { ConfigError, PreflightError } from '../../core/errors.js';
import { guessSObject } from './guess-sobject.js';

/** A field that records may be written with. */
export interface KnownField {
  readonly name: string;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly relationshipName?: string | undefined;
}

/** What is known of an sObject. Unless the org has described it, it may have other fields. */
export interface KnownSObject {
  readonly fields: readonly KnownField[];
  readonly isDescribed: boolean;
}

/** The fields of an sObject, as far as they are known. */
export type KnownFields = (sobject: string) => KnownSObject;

/**
 * What most records of a standard sObject hold, for where no org can be asked; and what external ids are mostly called.
 */
export function standardFields(sobject: string): KnownSObject {
  const names = (STANDARD.get(sobject) ?? '').split(' ').filter((name) => name !== '');
  const fields = [...names, 'External_Id__c'].map((name) => ({ name, createable: true, updateable: true }));
  return { fields, isDescribed: false };
}

const address = (prefix: string): string =>
  ['Street', 'City', 'State', 'PostalCode', 'Country', 'StateCode', 'CountryCode']
    .map((part) => `${prefix}${part}`)
    .join(' ');

const OWNED = 'OwnerId Description';
const PERSON = 'FirstName LastName MiddleName Salutation Suffix Title Email Phone MobilePhone Fax';

const STANDARD: ReadonlyMap<string, string> = new Map([
  [
    'Account',
    `${OWNED} Name AccountNumber AccountSource AnnualRevenue Fax Industry NumberOfEmployees Ownership ParentId Phone Rating Sic Site TickerSymbol Type Website ${address('Billing')} ${address('Shipping')}`,
  ],
  [
    'Contact',
    `${OWNED} ${PERSON} AccountId AssistantName AssistantPhone Birthdate Department DoNotCall HasOptedOutOfEmail HomePhone LeadSource OtherPhone ReportsToId ${address('Mailing')} ${address('Other')}`,
  ],
  [
    'Lead',
    `${OWNED} ${PERSON} AnnualRevenue Company DoNotCall HasOptedOutOfEmail Industry LeadSource NumberOfEmployees Rating Status Website ${address('')}`,
  ],
  [
    'Opportunity',
    `${OWNED} Name AccountId Amount CampaignId CloseDate ContactId ForecastCategoryName LeadSource NextStep Pricebook2Id Probability StageName TotalOpportunityQuantity Type`,
  ],
  [
    'Case',
    `${OWNED} AccountId AssetId ContactId IsEscalated Origin ParentId Priority Reason Status Subject SuppliedCompany SuppliedEmail SuppliedName SuppliedPhone Type`,
  ],
  [
    'Task',
    `${OWNED} ActivityDate CallDisposition CallDurationInSeconds CallType IsReminderSet Priority ReminderDateTime Status Subject Type WhatId WhoId`,
  ],
  [
    'Product2',
    'Name Description DisplayUrl ExternalId Family IsActive ProductCode QuantityUnitOfMeasure StockKeepingUnit',
  ],
]);

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

/**
 * The fields that records may have: as the org describes them where the environment says how to sign in and some names are
 * unknown, else what is usual. `warning` says why an org was not asked that was meant to be.
 */
export async function knownFieldsOf(
  samples: readonly TopicSample[],
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<{ readonly fields: KnownFields; readonly warning?: string }> {
  const unclear = samples.flatMap((sample) => {
    const names = namesOf(sample);
    const { name } = guessSObject(sample.topic, names, sample.sobject);
    const known = standardFields(name);
    const isClear = names.every(
      (one) => /__[a-z]$|^id$|\./i.test(one) || known.fields.some((field) => field.name === one),
    );
    return isClear && proposeNames(sample, known) === undefined ? [] : [name];
  });
  if (unclear.length === 0) return { fields: standardFields };
  try {
    const sobjects = [...new Set(unclear)];
    const typed = { map: sobjects.map((name) => `${name}=${name}:insert`), maxRetries: '0' };
    const { settings } = await loadSettings(typed, environment, cwd, { offline: false });
    const described = await describeFields(settings, sobjects, environment);
    const describedOf = (sobject: string): KnownSObject | undefined => {
      const fields = described.get(sobject);
      return fields && { fields, isDescribed: true };
    };
    return { fields: (sobject) => describedOf(sobject) ?? standardFields(sobject) };
  } catch (error) {
    if (error instanceof ConfigError) return { fields: standardFields };
    if (!(error instanceof PreflightError)) throw error;
    return { fields: standardFields, warning: `The fields of the org could not be read: ${error.message}` };
  }
}

/** Names of fields, those of most records first. */
export function namesOf({ fields }: TopicSample): string[] {
  return [...fields].sort(([, a], [, b]) => b - a).map(([name]) => name);
}
