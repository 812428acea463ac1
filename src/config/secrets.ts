// A proxy's URL may hold a password.
const SECRET_KEYS = ['client_secret', 'access_token', 'private_key', 'refresh_token', 'sfdx_auth_url', 'proxy_url'];

/** Is it a key whose value is never shown? */
export function isSecretKey(key: PropertyKey | undefined): boolean {
  return SECRET_KEYS.includes(key as string);
}
