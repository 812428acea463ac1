/** A refusal in the words of the token endpoint; undefined: the assertion is good. */
export interface Refusal {
  readonly error: string;
  readonly description: string;
}

export interface AssertionOrg {
  readonly clientId: string;
  readonly username: string;
  /** Its own address, which is an audience of it, too. */
  readonly url: string;
  readonly nowMs: number;
  readonly isSignature: (signed: string, signature: string) => boolean;
}

const LOGIN_HOSTS = ['https://login.salesforce.com', 'https://test.salesforce.com'];
/** How far ahead of now an assertion may expire; some seconds more for clocks that differ. */
const MOST_SECONDS_AHEAD = 3 * 60 + 30;
/** Later than this an `exp` must be milliseconds. The Salesforce CLI sends such, and orgs take it. */
const SECONDS_END = 1e11;

/** Checks the assertion of the JWT bearer flow in the order in which an org finds out: app, signature, claims, user. */
export function checkAssertion(assertion: string, org: AssertionOrg): Refusal | undefined {
  const [header = '', claims = '', signature = '', ...rest] = assertion.split('.');
  const [head, body] = [parse(header), parse(claims)];
  if (head?.alg !== 'RS256' || body === undefined || signature === '' || rest.length > 0) {
    return invalidGrant('invalid assertion');
  }
  if (body.iss !== org.clientId) return { error: 'invalid_client_id', description: 'client identifier invalid' };
  if (!org.isSignature(`${header}.${claims}`, signature)) return invalidGrant('invalid assertion signature');
  if (![...LOGIN_HOSTS, org.url].includes(String(body.aud).replace(/\/$/, ''))) {
    return invalidGrant('Audience validation failed');
  }
  const exp = typeof body.exp === 'number' ? body.exp : Number.NaN;
  const aheadSeconds = exp - org.nowMs / 1000;
  const isInTime = (aheadSeconds > 0 && aheadSeconds <= MOST_SECONDS_AHEAD) || exp > SECONDS_END;
  if (!isInTime) return invalidGrant('expired authorization code');
  if (body.sub !== org.username) return invalidGrant("user hasn't approved this consumer");
  return undefined;
}

function parse(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function invalidGrant(description: string): Refusal {
  return { error: 'invalid_grant', description };
}
