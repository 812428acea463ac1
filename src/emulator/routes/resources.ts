import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';

export const OLDEST_VERSION = 41;
export const NEWEST_VERSION = 66;

/** GET /services/data: needs no token. */
export function getVersions(): ApiResponse {
  const json = [];
  for (let version = OLDEST_VERSION; version <= NEWEST_VERSION; version++) {
    const text = version.toFixed(1);
    json.push({ label: `Release ${version}`, url: `/services/data/v${text}`, version: text });
  }
  return { status: 200, json };
}

/** GET /services/data/vXX.0 */
export function getResources(org: Org, request: ApiRequest): ApiResponse {
  const base = `/services/data/v${request.version.toFixed(1)}`;
  const names = ['sobjects', 'composite', 'jobs', 'query', 'limits'];
  const links = Object.fromEntries(names.map((name) => [name, `${base}/${name}`]));
  return { status: 200, json: { ...links, identity: org.identityUrl } };
}

/** GET /services/oauth2/userinfo and the identity URL of a token response. */
export function getIdentity(org: Org): ApiResponse {
  const { username } = org.settings;
  return {
    status: 200,
    json: {
      id: org.identityUrl,
      sub: org.identityUrl,
      user_id: org.userId,
      organization_id: org.orgId,
      username,
      preferred_username: username,
      email: username,
      display_name: 'Loader',
      active: true,
      urls: { rest: `${org.url}/services/data/v{version}/`, sobjects: `${org.url}/services/data/v{version}/sobjects/` },
    },
  };
}

/** GET /limits */
export function getLimits(org: Org): ApiResponse {
  const { dailyApiRequests, dailyBulkApiBatches } = org.settings.limits;
  return {
    status: 200,
    json: {
      DailyApiRequests: { Max: dailyApiRequests, Remaining: Math.max(0, dailyApiRequests - org.apiUsed) },
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
