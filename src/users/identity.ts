import type { Identity } from '../catalogue/accounts.ts';
import { Fault } from '../fault.ts';

/** `{tenantid}`: a provider of many tenants names itself so, and its tokens the tenant. */
const OF_MANY = /[{}]/;

/**
 * Whom an administrator means. `issuer`: as given, else as the provider says of itself (`ask`; undefined: there is none), which need
 * not be the address that is configured. Faults: USER_INVALID, OIDC_FAILED.
 */
export async function identityOf(
  subject: string,
  issuer: string | undefined,
  ask: (() => Promise<string>) | undefined,
): Promise<Identity> {
  if (!ask) throw new Fault('USER_INVALID', 'no identity provider is configured (admin.oidc)');
  const found = issuer ?? (await ask());
  if (OF_MANY.test(found) || !URL.canParse(found))
    throw new Fault(
      'USER_INVALID',
      'give the issuer that the refused login named, an address without braces',
    );
  return { issuer: found, subject };
}
