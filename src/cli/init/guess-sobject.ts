/** An sObject that is guessed, and from what. */
interface GuessedSObject {
  readonly name: string;
  readonly why: string;
}

/** Standard sObjects by what topics call them, in the singular and without separators. */
const STANDARD: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...own(
      'Account',
      'Contact',
      'Lead',
      'Opportunity',
      'Case',
      'Task',
      'Campaign',
      'User',
      'Asset',
      'Contract',
      'Order',
    ),
    ...own('Quote', 'OpportunityLineItem', 'OrderItem', 'Pricebook2', 'PricebookEntry', 'CampaignMember', 'Individual'),
    company: 'Account',
    customer: 'Account',
    organisation: 'Account',
    organization: 'Account',
    person: 'Contact',
    deal: 'Opportunity',
    ticket: 'Case',
    todo: 'Task',
    orderline: 'OrderItem',
    orderlineitem: 'OrderItem',
    opportunityproduct: 'OpportunityLineItem',
    product: 'Product2',
    product2: 'Product2',
    pricebook: 'Pricebook2',
  }),
);

/** Fields that only records of one sObject have; the first that fits counts. */
const TELLTALES: readonly (readonly [sobject: string, fields: readonly string[]])[] = [
  ['Lead', ['lastname', 'company']],
  ['Opportunity', ['stagename', 'closedate']],
  ['Contact', ['lastname']],
  ['Task', ['activitydate', 'whoid']],
  ['Case', ['subject', 'origin']],
];

/** Words of topics that say nothing of what is in them. */
const NOISE =
  /^(?:v?\d+|prod|production|dev|staging|test|uat|qa|crm|erp|sf|sfdc|salesforce|kafka|cdc|dbz|db|dbo|public|raw|json|avro|topic|stream|dump|sync|export|event|events|record|records|change|changes|changed|update|updates|updated|created|state|snapshot|replay|v)$/;

/**
 * Guesses an sObject: by what the records themselves say, by the topic's name (`crm.account.v1`, `OrderItems`,
 * `Invoice__c`), by telltale fields, and at last a custom sObject called like the topic.
 */
export function guessSObject(topic: string, fields: readonly string[], said: string | undefined): GuessedSObject {
  if (said !== undefined && /^[A-Za-z][A-Za-z0-9_]*$/.test(said)) {
    return { name: said, why: 'from "attributes" in the records' };
  }
  const byName = "guessed from the topic's name";
  const custom = /(?:^|[^A-Za-z0-9_])([A-Za-z][A-Za-z0-9_]*__[ce])(?![A-Za-z0-9_])/.exec(topic)?.[1];
  if (custom !== undefined) return { name: custom, why: byName };
  const words = wordsOf(topic);
  for (let at = words.length - 1; at >= 0; at--) {
    const standard =
      STANDARD.get(`${words[at - 1] ?? ''}${singular(words[at] ?? '')}`) ?? STANDARD.get(singular(words[at] ?? ''));
    if (standard !== undefined) return { name: standard, why: byName };
  }
  const has = new Set(fields.map((name) => name.replaceAll('_', '').toLowerCase()));
  const telltale = TELLTALES.find(([, names]) => names.every((name) => has.has(name)));
  if (telltale !== undefined) return { name: telltale[0], why: 'guessed from the fields' };
  const last = singular(words.at(-1) ?? '').replace(/[^a-z0-9]/g, '');
  const stem = /^[a-z]/.test(last) ? last : `record${last}`;
  return { name: `${stem.charAt(0).toUpperCase()}${stem.slice(1)}__c`, why: `${byName}; it fits no standard sObject` };
}

function own(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name.toLowerCase(), name]));
}

/** `crm.OrderItems-v2` → `order`, `items`. */
function wordsOf(topic: string): string[] {
  const words = topic
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const telling = words.filter((word) => !NOISE.test(word));
  return telling.length === 0 ? words : telling;
}

function singular(word: string): string {
  if (word === 'people') return 'person';
  if (word.length < 4 || !word.endsWith('s') || word.endsWith('ss')) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return /(?:sses|xes|ches|shes)$/.test(word) ? word.slice(0, -2) : word.slice(0, -1);
}
