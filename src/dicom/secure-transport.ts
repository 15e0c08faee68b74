/**
 * TLS of every connection, to us and by us, as PS3.15 B.12 wants it: what BCP 195 (RFC 9325 4.2) recommends and nothing else. Ephemeral keys,
 * authenticated encryption.
 */
const SUITES = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
];

export const BCP_195 = { minVersion: 'TLSv1.2', ciphers: SUITES.join(':') } as const;
