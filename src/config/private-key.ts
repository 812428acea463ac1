import { createPrivateKey } from 'node:crypto';

/** An RSA key as PEM, not encrypted; or what is wrong with it. Never quotes the text. */
export function readPrivateKey(text: string): { readonly pem: string } | { readonly problem: string } {
  // A variable holds it in one line where its line ends are written out.
  const pem = text.includes('\n') ? text : text.replaceAll('\\n', '\n');
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: .*ENCRYPTED/m.test(pem)) {
    const command = 'openssl pkey -in encrypted.key -out server.key';
    return { problem: `expected a key that is not encrypted; take its passphrase off with ${command}` };
  }
  if (/-----BEGIN (?:CERTIFICATE|(?:RSA )?PUBLIC KEY)-----/.test(pem) && !pem.includes('PRIVATE KEY-----')) {
    return { problem: 'expected the private key; found the certificate or public key, which is for the app' };
  }
  try {
    const { asymmetricKeyType: type } = createPrivateKey(pem);
    return type === 'rsa' ? { pem } : { problem: `expected an RSA key; found a key of the type ${String(type)}` };
  } catch {
    return { problem: 'expected an RSA key as PEM, which begins with -----BEGIN PRIVATE KEY-----' };
  }
}
