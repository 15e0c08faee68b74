import { z } from 'zod';

export const port = z.int().min(0).max(65_535);
export const aeTitle = z
  .string()
  .trim()
  .min(1)
  .max(16)
  .regex(/^[\x20-\x5b\x5d-\x7e]+$/, 'an AE title has 1 to 16 printable ASCII characters and no backslash');

/** An address, or a network of them. */
export const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'an address such as 10.0.0.2, or a network such as 10.0.0.0/24',
});

/** PEM files: our own certificate with its key, and those of the authorities that we trust. */
export const certificateFiles = {
  cert: z.string().min(1),
  key: z.string().min(1),
  ca: z.array(z.string().min(1)).default([]),
};

/** TLS of a listener. */
export const serverTls = z.strictObject({
  ...certificateFiles,
  /** of the caller, signed by one of `ca` */
  clientCertificate: z.enum(['none', 'optional', 'required']).default('none'),
});
export const knowsItsAuthorities = ({ ca, clientCertificate }: z.infer<typeof serverTls>): boolean =>
  clientCertificate === 'none' || ca.length > 0;
export const AUTHORITIES_MISSING = 'certificates of callers need the authorities that sign them: ca';

export const sender = z
  .strictObject({
    /** stands with what it sent; never a secret */
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
        'a sender name has letters, digits, dots, dashes and underscores',
      ),
    token: z
      .string()
      .min(16)
      .regex(/^[\x21-\x7e]+$/, 'a token has printable ASCII characters and no space')
      .optional(),
    user: z
      .string()
      .min(1)
      .regex(/^[^:]+$/, 'a user has no colon')
      .optional(),
    password: z.string().min(8).optional(),
  })
  .refine(
    (s) => (s.token === undefined) === (s.user !== undefined && s.password !== undefined),
    'a sender has a token, or user and password',
  );
