import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { SignInError } from './errors.js';

/**
 * The certificate authorities to trust: Node's own, `NODE_EXTRA_CA_CERTS` and the configured file. Undefined when the
 * file is not set: then Node's default applies, which knows `NODE_EXTRA_CA_CERTS` and the system's store by itself.
 * Throws a {@link SignInError} for a file that cannot be read or holds no certificate.
 */
export function trustedAuthorities(
  rootCasFile: string | undefined,
  extraCasFile: string | undefined,
): string[] | undefined {
  const extra = extraCasFile === undefined || extraCasFile === '' ? undefined : readExtra(extraCasFile);
  if (rootCasFile === undefined || rootCasFile === '') return extra && [...rootCertificates, ...extra];
  return [...rootCertificates, ...(extra ?? []), ...readConfigured(rootCasFile)];
}

function readConfigured(file: string): string[] {
  const hint = 'http.tls.root_cas_file must name a PEM file of certificate authorities.';
  let certificates: string[];
  try {
    certificates = readCertificates(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SignInError('ROOT_CAS_FILE', `The certificates in ${file} cannot be read: ${reason}`, { hint, cause });
  }
  if (certificates.length === 0) throw new SignInError('ROOT_CAS_FILE', `${file} holds no certificate.`, { hint });
  return certificates;
}

/** Node itself warns about an unreadable `NODE_EXTRA_CA_CERTS` and goes on; so do we. */
function readExtra(file: string): string[] | undefined {
  try {
    return readCertificates(file);
  } catch {
    return undefined;
  }
}

function readCertificates(file: string): string[] {
  const blocks =
    readFileSync(file, 'latin1').match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block).toString());
}
