import type { Interruption } from './api-request.js';
import type { SalesforceClient, SignedIn } from './client.js';
import { RequestError } from './errors.js';
import { queryAll } from './query.js';
import { parseIdentityUrl } from './sign-in/oauth.js';

/** Whose session it is; null where the org does not tell. */
export interface Identity {
  readonly orgId: string | null;
  readonly userId: string | null;
  readonly username: string | null;
}

/**
 * Finds out what signing in has not told, with as few calls as that takes, most often one. Does without what the org does
 * not tell this user. Rejects only for bugs.
 */
export async function readIdentity(
  client: SalesforceClient,
  signedIn: SignedIn,
  interruption: Interruption = {},
): Promise<Identity> {
  let known: Told = signedIn;
  for (const source of SOURCES) {
    if (known.orgId !== undefined && known.username !== undefined) break;
    const { orgId, userId, username } = await source(client, known, interruption).catch(nothing);
    known = {
      orgId: known.orgId ?? orgId,
      userId: known.userId ?? userId,
      username: known.username ?? username,
    };
  }
  return { orgId: known.orgId ?? null, userId: known.userId ?? null, username: known.username ?? null };
}

type Told = Pick<SignedIn, 'orgId' | 'userId' | 'username'>;
type Source = (client: SalesforceClient, known: Told, interruption: Interruption) => Promise<Told>;

/** In the order of what they ask of the app: the first two need nothing but the scope that data calls need. */
const SOURCES: readonly Source[] = [fromResources, fromUser, fromUserinfo];

/** The list of resources names the identity's URL, and so both Ids. */
async function fromResources(client: SalesforceClient, known: Told, interruption: Interruption): Promise<Told> {
  if (known.userId !== undefined && known.orgId !== undefined) return {};
  const { identity } = await getObject(client, '', interruption);
  return parseIdentityUrl(textOf(identity));
}

async function fromUser(client: SalesforceClient, { userId }: Told, interruption: Interruption): Promise<Told> {
  if (userId === undefined) return {};
  const [row] = await queryAll(client, `SELECT Username FROM User WHERE Id = '${userId}'`, interruption);
  return { username: textOf(row?.['Username']) };
}

async function fromUserinfo(client: SalesforceClient, _known: Told, interruption: Interruption): Promise<Told> {
  const info = await getObject(client, '/services/oauth2/userinfo', interruption);
  return {
    orgId: textOf(info['organization_id']),
    userId: textOf(info['user_id']),
    username: textOf(info['preferred_username']),
  };
}

async function getObject(
  client: SalesforceClient,
  path: string,
  interruption: Interruption,
): Promise<Readonly<Record<string, unknown>>> {
  const { value } = await client.request<unknown>({
    ...interruption,
    method: 'GET',
    path,
    repeatable: true,
    read: (reply) => reply.json(),
  });
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function nothing(error: unknown): Told {
  if (error instanceof RequestError) return {};
  throw error;
}
