/** The external id that each record carries. */
export const KEY_FIELD = 'External_Id__c';

/** Fields that hold true or false; the others hold text. */
export const FLAGS: readonly string[] = ['IsPersonAccount', 'IsActive', 'PersonHasOptedOutOfEmail', 'PersonDoNotCall'];

/**
 * A person as JSON text: 35 fields, of which four are flags, as in the records by which Redpanda Connect measures its
 * `salesforce_sink`. With the native envelope a line has about 1.13 kB.
 */
export function recordText(key: string, random: () => number): string {
  const one = (list: readonly string[]): string => list[Math.floor(random() * list.length)] as string;
  const given = one(GIVEN_NAMES);
  const family = one(FAMILY_NAMES);
  const street = one(STREETS);
  const [city, province, code, postcode] = TOWNS[Math.floor(random() * TOWNS.length)] as Town;
  const digits = String(1000 + Math.floor(random() * 9000));
  return (
    `{"External_Id__c":"${key}","FirstName":"${given}","LastName":"${family}","Salutation":"${one(SALUTATIONS)}",` +
    `"IsPersonAccount":true,"IsActive":${String(random() < 0.5)},"RecordTypeId":"0125e000000QwErAAK",` +
    `"Phone":"+351 21 555 ${digits}","PersonMobilePhone":"+351 91 500 ${digits}",` +
    `"PersonEmail":"${given}.${family}.${key}@example.com","PersonTitle":"${one(TITLES)}",` +
    `"PersonLeadSource":"${one(SOURCES)}","PersonBirthdate":"1979-04-${String(10 + Math.floor(random() * 20))}",` +
    `"PersonHasOptedOutOfEmail":false,"PersonDoNotCall":false,"AccountNumber":"N${key}",` +
    `"BillingStreet":"${street}","BillingCity":"${city}","BillingState":"${province}",` +
    `"BillingPostalCode":"${postcode}","BillingCountry":"Portugal","BillingStateCode":"${code}",` +
    `"BillingCountryCode":"PT","ShippingStreet":"${street}","ShippingCity":"${city}","ShippingState":"${province}",` +
    `"ShippingPostalCode":"${postcode}","ShippingCountry":"Portugal","ShippingStateCode":"${code}",` +
    `"ShippingCountryCode":"PT","CurrencyIsoCode":"EUR","Preferred_Language__pc":"${one(LANGUAGES)}",` +
    `"Account_Priority__c":"Low Priority","Sales_Region__c":"Iberia","Segment__c":"Small Business"}`
  );
}

type Town = readonly [city: string, province: string, code: string, postcode: string];

const GIVEN_NAMES = ['Inês', 'Tiago', 'Marta', 'Rui', 'Beatriz', 'Nuno', 'Clara', 'Vasco', 'Leonor', 'Duarte'];
const FAMILY_NAMES = ['Almeida', 'Barros', 'Corvo', 'Dias', 'Esteves', 'Faria', 'Gomes', 'Lopes', 'Matos', 'Neves'];
const SALUTATIONS = ['Mr.', 'Ms.', 'Mrs.', 'Dr.'];
const STREETS = ['Rua da Boavista 12', 'Avenida Central 208', 'Largo do Carmo 7', 'Travessa Nova 31, 2.º'];
const TOWNS: readonly Town[] = [
  ['Lisboa', 'Lisboa', '11', '1200-109'],
  ['Porto', 'Porto', '13', '4050-016'],
  ['Coimbra', 'Coimbra', '06', '3000-150'],
  ['Faro', 'Faro', '08', '8000-075'],
];
const TITLES = ['Customer', 'Manager', 'Director', 'Engineer', 'Buyer'];
const SOURCES = ['Trade Show', 'Web', 'Phone Enquiry', 'Partner Referral', 'Newsletter'];
const LANGUAGES = ['Portuguese (Portugal)', 'English (United Kingdom)', 'Spanish (Spain)'];

/** The fields of `recordText`, in its order. */
export const FIELDS: readonly string[] = Object.keys(JSON.parse(recordText('', () => 0)) as object);
