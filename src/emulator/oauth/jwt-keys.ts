import { createPublicKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { UsageError } from '../../core/errors.js';

/** The key that JWT assertions are signed with. It is made when it is first asked for, since that takes a while. */
export class JwtKeys {
  #publicKey: KeyObject | undefined;
  #privateKey: string | undefined;

  /**
   * `certificate` is the PEM of a certificate or a public key; undefined: a key is made.
   * @throws UsageError for text that is neither, or no RSA key
   */
  constructor(certificate: string | undefined) {
    if (certificate === undefined) return;
    try {
      this.#publicKey = createPublicKey(certificate);
    } catch (error) {
      throw new UsageError('The jwtCertificate is no PEM of a certificate or public key.', { cause: error });
    }
    if (this.#publicKey.asymmetricKeyType !== 'rsa') throw new UsageError('The jwtCertificate is not of an RSA key.');
  }

  /** PEM of the key that was made; undefined where a certificate was given. */
  get privateKey(): string | undefined {
    if (this.#publicKey === undefined) {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      this.#publicKey = publicKey;
      this.#privateKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    }
    return this.#privateKey;
  }

  /** An RS256 signature over `header.claims`. Before anybody has the private key, none can be right. */
  isSignature(signed: string, signature: string): boolean {
    if (this.#publicKey === undefined) return false;
    return verify('RSA-SHA256', Buffer.from(signed), this.#publicKey, Buffer.from(signature, 'base64url'));
  }
}
