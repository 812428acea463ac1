/** An answer, recorded or the emulator's: a JSON value, or the text of a CSV or XML document. */
export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Where the two differ, in words; empty when they say the same but for Ids, times, hosts and versions. */
export function differences(recorded: Told, emulated: Told): string[] {
  const found: string[] = [];
  if (recorded.status !== emulated.status) found.push(`status ${recorded.status}, emulator ${emulated.status}`);
  for (const [name, value] of Object.entries(recorded.headers)) {
    const other = emulated.headers[name];
    if (other === undefined) found.push(`header ${name} is missing`);
    else if (plain(value) !== plain(other)) found.push(`header ${name} "${value}", emulator "${other}"`);
  }
  return [...found, ...bodies('', normal(recorded.body), normal(emulated.body))];
}

/** Both keep their keys; what the emulator has besides is not looked at. */
export function missing(path: string, recorded: object, emulated: object): string[] {
  return Object.keys(recorded)
    .filter((key) => !(key in emulated))
    .map((key) => `${path}${key} is missing`);
}

function bodies(path: string, recorded: unknown, emulated: unknown): string[] {
  if (isObject(recorded) && isObject(emulated)) {
    const keys = [...new Set([...Object.keys(recorded), ...Object.keys(emulated)])];
    return keys.flatMap((key) => bodies(`${path}.${key}`, recorded[key], emulated[key]));
  }
  if (Array.isArray(recorded) && Array.isArray(emulated) && recorded.length === emulated.length) {
    return recorded.flatMap((item, index) => bodies(`${path}[${index}]`, item, emulated[index]));
  }
  const [one, other] = [JSON.stringify(recorded), JSON.stringify(emulated)];
  return one === other ? [] : [`${path || 'body'}: ${short(one)}, emulator ${short(other)}`];
}

/** Keys whose values no two orgs share. */
const VARYING =
  /^(?:totalProcessingTime|apiActiveProcessingTime|apiVersion|totalSize|externalIdFieldName|ETag|Last-Modified)$/;

function normal(value: unknown, key = ''): unknown {
  if (VARYING.test(key)) return '<varies>';
  if (typeof value === 'string') return key === '' || !/[\n"]/.test(value) ? plain(value) : value.trim();
  if (Array.isArray(value)) return value.map((item) => normal(item));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => [name, normal(item, name)]);
  // An Id that cannot be read is said to be of the field "Id", or of none.
  // A failed element may carry an Id, by the documentation, and none of the recorded ones does.
  const isFailed = value.success === false && 'errors' in value;
  const isUnreadId = value.errorCode === 'MALFORMED_ID' && String(value.message).includes(' ID: id value');
  return Object.fromEntries(
    entries.filter(([name]) => !(isUnreadId && name === 'fields') && !(isFailed && name === 'id')),
  );
}

function plain(text: string): string {
  return text
    .trim()
    .replace(/\b[a-zA-Z0-9]{15}(?:[A-Z0-5]{3})?\b/g, (id) => (/\d/.test(id) && !/^\d+$/.test(id) ? '<id>' : id))
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}(?:Z|\+0000)|Z)|<datetime>/g, '<time>')
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>')
    .replace(/\bv(?:\d\d|xx|XX)\.0\b|<api_version>/g, '<version>')
    .replace(/https?:\/\/[^/"\s]+/g, '<host>')
    .replace(/\bapi-usage=\d+\/\d+/g, 'api-usage=<n>')
    .replace(/\b(line|column):\d+/g, '$1:<n>')
    .replace(/^\d{3}\.\.\.$/, '<id>')
    .replace(/\bWhizbang\/(?:foo|bar)\b/, 'Contact/<id>')
    .replace(/<host>\/id\/<id>\/<id>/g, '<identity>');
}

function short(text: string | undefined): string {
  const shown = text ?? 'nothing';
  return shown.length > 90 ? `${shown.slice(0, 90)}…` : shown;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
