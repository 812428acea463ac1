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
