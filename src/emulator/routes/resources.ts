import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { dataPath } from './body.js';

export const OLDEST_VERSION = 31;
export const NEWEST_VERSION = 67;

/** GET /services/data: needs no token. */
export function getVersions(): ApiResponse {
  const json = [];
  for (let version = OLDEST_VERSION; version <= NEWEST_VERSION; version++) {
    const text = version.toFixed(1);
    json.push({ label: release(version), url: `/services/data/v${text}`, version: text });
  }
  return { status: 200, json };
}

/** Three a year, from v31 on; the platform writes one of them with another apostrophe. */
function release(version: number): string {
  const season = ['Summer', 'Winter', 'Spring'][(version - 31) % 3] ?? '';
  const year = String(14 + Math.ceil((version - 31) / 3));
  return `${season} ${version === 42 ? '’' : "'"}${year}`;
}

/** GET /services/data/vXX.0 */
export function getResources(org: Org, request: ApiRequest): ApiResponse {
  const links = linksTo(dataPath(request), ['sobjects', 'composite', 'jobs', 'query', 'queryAll', 'limits']);
  return { status: 200, json: { ...links, identity: org.identityUrl } };
}

/** GET /composite */
export function getCompositeResources(_org: Org, request: ApiRequest): ApiResponse {
  return { status: 200, json: linksTo(`${dataPath(request)}/composite`, ['tree', 'batch', 'sobjects']) };
}

/** GET /jobs */
export function getJobResources(_org: Org, request: ApiRequest): ApiResponse {
  return { status: 200, json: linksTo(`${dataPath(request)}/jobs`, ['ingest', 'query']) };
}

function linksTo(base: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `${base}/${name}`]));
}

/** GET /services/oauth2/userinfo */
export function getUserInfo(org: Org): ApiResponse {
  const { username } = org.settings;
  const json = {
    sub: org.identityUrl,
    user_id: org.userId,
    organization_id: org.orgId,
    preferred_username: username,
    nickname: 'loader',
    name: 'Loader',
    email: username,
    email_verified: true,
    given_name: null,
    family_name: 'Loader',
    zoneinfo: 'America/Los_Angeles',
    photos: photos(org),
    profile: `${org.url}/${org.userId}`,
    picture: photos(org).picture,
    address: {},
    is_salesforce_integration_user: false,
    urls: { ...userUrls(org), ...newerUrls(org) },
    active: true,
    user_type: 'STANDARD',
    language: 'en_US',
    locale: 'en_US',
    utcOffset: -28_800_000,
    updated_at: '2026-07-01T00:00:00Z',
  };
  return { status: 200, json };
}

/** GET /id/{organization}/{user}: what the identity URL of a token reply leads to. */
export function getIdentity(org: Org): ApiResponse {
  const { username } = org.settings;
  const json = {
    id: org.identityUrl,
    asserted_user: true,
    user_id: org.userId,
    organization_id: org.orgId,
    username,
    nick_name: 'loader',
    display_name: 'Loader',
    email: username,
    email_verified: true,
    first_name: null,
    last_name: 'Loader',
    timezone: 'America/Los_Angeles',
    photos: photos(org),
    addr_street: null,
    addr_city: null,
    addr_state: null,
    addr_country: 'US',
    addr_zip: null,
    mobile_phone: null,
    mobile_phone_verified: false,
    status: { created_date: null, body: null },
    urls: userUrls(org),
    active: true,
    user_type: 'STANDARD',
    language: 'en_US',
    locale: 'en_US',
    utcOffset: -28_800_000,
    last_modified_date: '2026-07-01T00:00:00.000+0000',
    is_app_installed: true,
  };
  return { status: 200, json };
}

function photos({ url }: Org) {
  return { picture: `${url}/profilephoto/005/F`, thumbnail: `${url}/profilephoto/005/T` };
}

function userUrls({ url, orgId, userId }: Org) {
  const data = `${url}/services/data/v{version}`;
  const soap = (letter: string): string => `${url}/services/Soap/${letter}/{version}/${orgId.slice(0, 15)}`;
  return {
    enterprise: soap('c'),
    metadata: soap('m'),
    partner: soap('u'),
    rest: `${data}/`,
    sobjects: `${data}/sobjects/`,
    search: `${data}/search/`,
    query: `${data}/query/`,
    recent: `${data}/recent/`,
    profile: `${url}/${userId}`,
    feeds: `${data}/chatter/feeds`,
    groups: `${data}/chatter/groups`,
    users: `${data}/chatter/users`,
    feed_items: `${data}/chatter/feed-items`,
  };
}

function newerUrls({ url, orgId }: Org) {
  const data = `${url}/services/data/v{version}`;
  return {
    tooling_soap: `${url}/services/Soap/T/{version}/${orgId.slice(0, 15)}`,
    tooling_rest: `${data}/tooling/`,
    feed_elements: `${data}/chatter/feed-elements`,
    custom_domain: url,
  };
}

/** GET /limits */
export function getLimits(org: Org): ApiResponse {
  const { apiLimit } = org.settings;
  const { dailyBulkApiBatches } = org.settings.limits;
  return {
    status: 200,
    json: {
      DailyApiRequests: { Max: apiLimit, Remaining: Math.max(0, apiLimit - org.apiUsed) },
      DailyBulkApiBatches: {
        Max: dailyBulkApiBatches,
        Remaining: Math.max(0, dailyBulkApiBatches - org.bulkBatchesUsed),
      },
      DailyBulkV2QueryJobs: { Max: 10_000, Remaining: 10_000 },
      HourlyPublishedPlatformEvents: { Max: 50_000, Remaining: 50_000 },
      DataStorageMB: { Max: 10_240, Remaining: 10_000 },
      FileStorageMB: { Max: 10_240, Remaining: 10_000 },
    },
  };
}
