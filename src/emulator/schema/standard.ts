import { completeDocument, MASTER, recordType, type DescribeDocument } from './describe.js';
import { numbered, readFields } from './notation.js';

/** Key prefix and fields of an sObject, and what sets it apart from others. Fields are written as `readFields` reads them. */
interface SObjectSource extends Partial<Omit<DescribeDocument, 'name' | 'fields'>> {
  readonly keyPrefix: string;
  readonly fields: string;
}

const INDUSTRIES = 'Agriculture|Banking|Education|Energy|Retail|Technology|Other';
const LEAD_SOURCES = 'Web|Phone Inquiry|Partner Referral|Purchased List|Other';
const CLEAN_STATUSES = 'Matched|Different|Acknowledged|NotFound|Inactive|Pending|SelectMatch|Skipped';
const STAGES = 'Prospecting|Qualification|Proposal/Price Quote|Negotiation/Review|Closed Won|Closed Lost';

const CASE_RECORD_TYPES = [
  recordType('0125e0000008SupAAE', 'Support', { defaultRecordTypeMapping: true }),
  recordType('0125e0000008RetAAE', 'Returns'),
  recordType('0125e0000008OldAAE', 'Complaints', { active: false, available: false }),
  MASTER,
];

/** Of sObjects that say something about the org itself. */
const READ_ONLY = { createable: false, updateable: false, deletable: false };

/** Standard sObjects with a few custom fields that tests need. */
const STANDARD: Readonly<Record<string, SObjectSource>> = {
  Account: {
    keyPrefix: '001',
    fields: `
      ...system Account ID
      Name string(255) required name compoundFieldName=Name "Account Name"
      Type picklist(Prospect|Customer - Direct|Customer - Channel|Partner|Other) "Account Type"
      ParentId reference(Account) "Parent Account ID"
      ...address Billing
      ...address Shipping
      Phone phone "Account Phone"; Fax phone "Account Fax"; AccountNumber string(40); Website url
      Industry picklist(${INDUSTRIES})
      AnnualRevenue currency(18,0)
      NumberOfEmployees int(8) "Employees"
      Ownership picklist(Public|Private|Subsidiary|Other)
      Description longtext(32000) "Account Description"
      Rating picklist(Hot|Warm|Cold) "Account Rating"
      Site string(80) "Account Site"; Sic string(20) "SIC Code"; TickerSymbol string(20)
      LastActivityDate date readOnly "Last Activity"
      MasterRecordId reference(Account) readOnly
      CleanStatus picklist(${CLEAN_STATUSES}) length=40 restricted
      AccountSource picklist(${LEAD_SOURCES})
      IsPartner boolean !createable "Partner Account"
      OwnerId reference(User) required defaultedOnCreate
      External_Id__c string(255) key
      Legacy_Code__c string(30) key caseSensitive
      Segment_Code__c string(30) externalId
      Customer_Number__c double(18,0) key
      Balance__c currency(16,2)
      Exact_Number__c double(38,18)
      Tier__c picklist(Gold|Silver|Bronze) restricted
      Regions__c multipicklist(EMEA|APAC|AMER|LATAM) restricted
      Active__c boolean; Since__c date; Last_Order__c datetime`,
  },
  Contact: {
    keyPrefix: '003',
    fields: `
      ...system Contact ID
      ...person
      AccountId reference(Account); ReportsToId reference(Contact)
      ...address Mailing
      Phone phone "Business Phone"; MobilePhone phone; Email email idLookup
      Title string(128); Department string(80)
      LeadSource picklist(${LEAD_SOURCES})
      Birthdate date
      Description longtext(32000) "Contact Description"
      DoNotCall boolean; HasOptedOutOfEmail boolean "Email Opt Out"
      OwnerId reference(User) required defaultedOnCreate
      External_Id__c string(255) key
      Score__c double(5,2)`,
  },
  Lead: {
    keyPrefix: '00Q',
    fields: `
      ...system Lead ID
      ...person
      Company string(255) required; Title string(128)
      ...address
      Phone phone; Email email idLookup; Website url
      Description longtext(32000)
      LeadSource picklist(${LEAD_SOURCES})
      Status picklist(*Open - Not Contacted|Working - Contacted|Closed - Converted|Closed - Not Converted) required
      Industry picklist(${INDUSTRIES})
      Rating picklist(Hot|Warm|Cold)
      AnnualRevenue currency(18,0)
      NumberOfEmployees int(8) "Employees"
      IsConverted boolean !updateable
      OwnerId reference(Group|User) required defaultedOnCreate
      External_Id__c string(255) key`,
  },
  Opportunity: {
    keyPrefix: '006',
    labelPlural: 'Opportunities',
    fields: `
      ...system Opportunity ID
      AccountId reference(Account)
      Name string(120) required name idLookup
      Description longtext(32000)
      StageName picklist(${STAGES}) required "Stage"
      Amount currency(18,2)
      Probability percent(3,0) defaultedOnCreate "Probability (%)"
      ExpectedRevenue currency(18,2) readOnly "Expected Amount"
      CloseDate date required
      Type picklist(Existing Business|New Business) "Opportunity Type"
      NextStep string(255)
      LeadSource picklist(${LEAD_SOURCES})
      IsClosed boolean readOnly
      CampaignId reference(Campaign)
      ContactId reference(Contact) !updateable relationshipName=
      OwnerId reference(User) required defaultedOnCreate
      External_Id__c string(255) key`,
  },
  Case: {
    keyPrefix: '500',
    recordTypeInfos: CASE_RECORD_TYPES,
    fields: `
      ...system Case ID
      CaseNumber string(30) stamped autoNumber idLookup name !groupable
      RecordTypeId reference(RecordType); ContactId reference(Contact); AccountId reference(Account)
      ParentId reference(Case) "Parent Case ID"
      SuppliedName string(80) "Name"; SuppliedEmail email "Email Address"
      Type picklist(Question|Problem|Feature Request) length=40 "Case Type"
      Status picklist(*New|Working|Escalated|Closed) length=40
      Origin picklist(Phone|Email|Web) length=40 "Case Origin"
      Priority picklist(High|*Medium|Low) length=40
      Subject string(255)
      Description longtext(32000)
      IsEscalated boolean; ClosedDate datetime readOnly
      OwnerId reference(Group|User) required defaultedOnCreate
      External_Id__c string(255) key`,
  },
  Task: {
    keyPrefix: '00T',
    fields: `
      ...system Task ID
      WhoId reference(Contact|Lead) "Name ID"
      WhatId reference(Account|Case|Opportunity|Invoice__c) "Related To ID"
      Subject combobox
      ActivityDate date "Due Date Only"
      Status picklist(*Not Started|In Progress|Completed) required
      Priority picklist(High|*Normal|Low) required
      Description longtext(32000)
      OwnerId reference(User) required defaultedOnCreate "Assigned To ID"
      External_Id__c string(255) key`,
  },
  Campaign: {
    keyPrefix: '701',
    fields: `
      ...system Campaign ID
      Name string(80) required name
      ParentId reference(Campaign)
      Type picklist(Conference|Email|Webinar|Other)
      Status picklist(Planned|In Progress|Completed|Aborted)
      StartDate date; EndDate date
      BudgetedCost currency(18,0)
      IsActive boolean
      OwnerId reference(User) required defaultedOnCreate
      External_Id__c string(255) key`,
  },
  User: {
    keyPrefix: '005',
    fields: `
      ...system User ID
      Username string(80) required idLookup unique
      ...person
      Email email required idLookup; Alias string(8) required; Department string(80)
      IsActive boolean
      External_Id__c string(255) key`,
  },
  Organization: {
    ...READ_ONLY,
    keyPrefix: '00D',
    fields: `
      Id id stamped idLookup "Record ID"
      ...stamps
      Name string(80) readOnly required name
      OrganizationType picklist(Developer Edition|Enterprise Edition) readOnly
      InstanceName string(5) readOnly; IsSandbox boolean readOnly
      NamespacePrefix string(15) readOnly; TrialExpirationDate datetime readOnly
      LanguageLocaleKey picklist(en_US) readOnly; DefaultLocaleSidKey picklist(en_US) readOnly
      TimeZoneSidKey picklist(GMT) readOnly; Country string(80) readOnly`,
  },
  Group: {
    ...READ_ONLY,
    keyPrefix: '00G',
    fields: `
      Id id stamped idLookup "Record ID"
      ...stamps
      Name string(40) readOnly required name; DeveloperName string(80) readOnly
      Type picklist(Regular|Queue) readOnly required; Email email readOnly`,
  },
  AssignmentRule: {
    ...READ_ONLY,
    keyPrefix: '01Q',
    fields: `
      Id id stamped idLookup "Record ID"
      ...stamps
      Name string(120) readOnly required name
      SobjectType picklist(Case|Lead) readOnly required; Active boolean readOnly required`,
  },
};

/** One sObject with a field of every kind, an event, and a wide sObject for load. */
const CUSTOM: Readonly<Record<string, SObjectSource>> = {
  Invoice__c: {
    keyPrefix: 'a00',
    fields: `
      ...system Record ID
      Name string(80) stamped autoNumber idLookup name "Invoice Name"
      Account__c reference(Account) required !updateable cascadeDelete relationshipOrder=0
      Parent_Invoice__c reference(Invoice__c)
      External_Id__c string(255) key
      Case_Key__c string(40) key caseSensitive
      Number_Key__c double(18,0) key
      Amount__c currency(16,2); Discount__c percent(5,2); Quantity__c double(12,4)
      Due_Date__c date; Sent_At__c datetime; Cutoff__c time
      Tags__c multipicklist(rush|export|credit|draft) restricted
      Status__c picklist(Draft|Sent|Paid|Void) restricted
      Channel__c picklist(Post|Email|Portal)
      Notes__c longtext(131072)
      Paid__c boolean; Contact_Email__c email; Link__c url; Phone__c phone
      Code__c string(10) unique
      Secret__c encryptedstring(50)
      Place__Latitude__s double(18,15) compoundFieldName=Place__c custom
      Place__Longitude__s double(18,15) compoundFieldName=Place__c custom
      Place__c location readOnly !filterable !sortable
      Total_With_Tax__c currency(18,2) formula`,
  },
  Order_Event__e: {
    keyPrefix: 'e01',
    fields: `
      ReplayId string(1000) readOnly
      CreatedDate datetime readOnly required
      CreatedById reference(User) readOnly required
      EventUuid string(36) readOnly
      Order_Number__c string(40) required
      Amount__c double(16,2); Shipped__c boolean; Happened_At__c datetime
      Payload__c longtext(131072)`,
  },
  Wide__c: {
    keyPrefix: 'a01',
    fields: `
      ...system Record ID
      Name string(80) name idLookup "Wide Name"
      OwnerId reference(Group|User) required defaultedOnCreate "Owner ID"
      External_Id__c string(255) key
      Account__c reference(Account)
      ${numbered(20, 'Text_#__c string(255)')}
      ${numbered(8, 'Number_#__c double(18,4)')}
      ${numbered(4, 'Date_#__c date')}
      ${numbered(3, 'Moment_#__c datetime')}
      ${numbered(3, 'Flag_#__c boolean')}
      Kind__c picklist(A|B|C)`,
  },
};

/** The sObjects that every emulator has. */
export const BUILT_IN: readonly DescribeDocument[] = Object.entries({ ...STANDARD, ...CUSTOM }).map(
  ([name, source]) => {
    const recordTypeInfos = name.endsWith('__e') ? [] : [{ ...MASTER, defaultRecordTypeMapping: true }];
    return completeDocument({ name, recordTypeInfos, ...source, fields: readFields(source.fields) });
  },
);
