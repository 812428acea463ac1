/** The three topics of most rows, and the sObjects that they go to. */
export const TOPICS = [
  { topic: 'crm.accounts', sobject: 'Account' },
  { topic: 'crm.contacts', sobject: 'Contact' },
  { topic: 'crm.leads', sobject: 'Lead' },
] as const;

export const TOPIC_NAMES: readonly string[] = TOPICS.map(({ topic }) => topic);

export function sobjectOf(topic: string): string {
  const found = TOPICS.find((one) => one.topic === topic);
  if (found === undefined) throw new Error(`no mapping for ${topic}`);
  return found.sobject;
}
