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
  const { url, orgId, userId, identityUrl, settings } = org;
  const data = `${url}/services/data/v{version}`;
  const newerUrls = {
    tooling_soap: `${url}/services/Soap/T/{version}/${orgId.slice(0, 15)}`,
    tooling_rest: `${data}/tooling/`,
    feed_elements: `${data}/chatter/feed-elements`,
    custom_domain: url,
  };
  const json = {
    ...aboutUser(org),
    ...{ sub: identityUrl, preferred_username: settings.username, nickname: 'loader', name: 'Loader' },
    ...{ given_name: null, family_name: 'Loader', zoneinfo: 'America/Los_Angeles', address: {} },
    profile: `${url}/${userId}`,
    picture: `${url}/profilephoto/005/F`,
    is_salesforce_integration_user: false,
    urls: { ...userUrls(org), ...newerUrls },
    updated_at: '2026-07-01T00:00:00Z',
  };
  return { status: 200, json };
}

/** GET /id/{organization}/{user}: what the identity URL of a token reply leads to. */
export function getIdentity(org: Org): ApiResponse {
  const json = {
    ...aboutUser(org),
    ...{ id: org.identityUrl, asserted_user: true, username: org.settings.username, nick_name: 'loader' },
    ...{ display_name: 'Loader', first_name: null, last_name: 'Loader', timezone: 'America/Los_Angeles' },
    ...{ addr_street: null, addr_city: null, addr_state: null, addr_country: 'US', addr_zip: null },
    ...{ mobile_phone: null, mobile_phone_verified: false, status: { created_date: null, body: null } },
    urls: userUrls(org),
    last_modified_date: '2026-07-01T00:00:00.000+0000',
    is_app_installed: true,
  };
  return { status: 200, json };
}

/** What both documents about the user say. */
function aboutUser({ url, orgId, userId, settings }: Org) {
  return {
    ...{ user_id: userId, organization_id: orgId, email: settings.username, email_verified: true },
    photos: { picture: `${url}/profilephoto/005/F`, thumbnail: `${url}/profilephoto/005/T` },
    ...{ active: true, user_type: 'STANDARD', language: 'en_US', locale: 'en_US', utcOffset: -28_800_000 },
  };
}

function userUrls({ url, orgId, userId }: Org): Record<string, string> {
  const data = `${url}/services/data/v{version}`;
  const soap = (letter: string): string => `${url}/services/Soap/${letter}/{version}/${orgId.slice(0, 15)}`;
  return {
    ...{
      enterprise: soap('c'),
      metadata: soap('m'),
      partner: soap('u'),
      rest: `${data}/`,
      profile: `${url}/${userId}`,
    },
    ...Object.fromEntries(['sobjects', 'search', 'query', 'recent'].map((name) => [name, `${data}/${name}/`])),
    ...linksTo(`${data}/chatter`, ['feeds', 'groups', 'users']),
    feed_items: `${data}/chatter/feed-items`,
  };
}

/** GET /limits */
export function getLimits(org: Org): ApiResponse {
  const { apiLimit, limits } = org.settings;
  const allowance = (Max: number, used = 0) => ({ Max, Remaining: Math.max(0, Max - used) });
  const json = {
    DailyApiRequests: allowance(apiLimit, org.apiUsed),
    DailyBulkApiBatches: allowance(limits.dailyBulkApiBatches, org.bulkBatchesUsed),
    DailyBulkV2QueryJobs: allowance(10_000),
    HourlyPublishedPlatformEvents: allowance(50_000),
    DataStorageMB: allowance(10_240, 240),
    FileStorageMB: allowance(10_240, 240),
  };
  return { status: 200, json };
}
