/** Is it the certificate that is not trusted? */
export function isCertificateFailure(reason: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|INVALID_CA|CRL_|HOSTNAME_MISMATCH/.test(reason);
}

/** Is it a certificate that is trusted, and of another host? */
export function isOtherHost(reason: string): boolean {
  return reason === 'ERR_TLS_CERT_ALTNAME_INVALID' || reason === 'HOSTNAME_MISMATCH';
}

/** Does the other side not speak TLS at all? */
export function isNotTls(reason: string): boolean {
  return /^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNSUPPORTED_PROTOCOL))$/.test(
    reason,
  );
}
