/**
 * Takes out of a text what looks like a secret: credentials in URLs, Salesforce tokens in their forms, private keys, `Authorization` values,
 * and the values of parameters that are known to be secret. The last line of defence: whoever writes a message leaves secrets out of it.
 */
export function maskSecrets(text: string): string {
  return patterns.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}

const mask = '***';

const patterns: readonly [RegExp, string][] = [
  // An `@` that was not encoded may stand in the password: the last one before the path ends it.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#'"<>]*@/giu, `$1${mask}@`],
  // So may a `/`, `?` or `#`: then what stands after the colon is no port.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#:@'"<>]+:(?!\d{1,5}(?:[/?#]|$))[^\s'"<>]*@/giu, `$1${mask}@`],
  // An opaque token: the org's id, `!`, and the token's body.
  [/\b00D\w{12,15}![\w.+/=%-]+/gu, `00D…!${mask}`],
  [/\b00D\w{12,15}%21[\w.+/=%-]+/giu, `00D…!${mask}`],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/gu, `eyJ…${mask}`],
  // A refresh token, and a private key in any of its forms.
  [/\b5Aep[\w.=-]{16,}/gu, `5Aep…${mask}`],
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/gu, `-----BEGIN $1-----${mask}`],
  [/\b(Bearer)\s+(?!tokens?\b|\*)[^\s"',;]+/giu, `$1 ${mask}`],
  [/\b(Basic|OAuth)\s+(?=\S*[\d!=+/])[\w.!+/=~%-]{8,}/giu, `$1 ${mask}`],
  [
    /((?:client[_-]?secret|(?:access|refresh|id|session)[_-]?token|session[_-]?id|private[_-]?key|password|passwd|assertion)["']?\s*[=:]\s*)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!["'])[^\s"'&,;)}\]]+)/giu,
    `$1${mask}`,
  ],
];
