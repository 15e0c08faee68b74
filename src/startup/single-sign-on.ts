import type { SingleSignOn } from '../../adapters/admin/login.tsx';
import { oidcClient } from '../../adapters/oidc/client.ts';
import { Fault } from '../fault.ts';
import type { Clock, IdentityProvider, PendingLogin } from '../ports.ts';
import { roleOfGroups } from '../users/role-of-groups.ts';
import type { Config } from './config.ts';

type Admin = Pick<Config['admin'], 'oidc' | 'publicUrl'>;

/** Login by the identity provider: who has no group with a role stays out. Undefined: none is configured. */
export function singleSignOn(
  { oidc: config, publicUrl = '' }: Admin,
  clock: Clock,
): (SingleSignOn & Pick<IdentityProvider, 'issuer'>) | undefined {
  if (!config) return undefined;
  const provider = oidcClient({ ...config, publicUrl }, clock);
  return {
    label: config.label,
    start: () => provider.start(),
    issuer: () => provider.issuer(),
    finish: async (callback, pending) => {
      const { issuer, subject, name, groups } = await provider.finish(callback.href, pending as PendingLogin);
      const role = roleOfGroups(groups, config.roles);
      if (!role) throw new Fault('OIDC_FAILED', 'no group of this person gives a role here');
      return { issuer, subject, name: knownAs(name), role };
    },
  };
}

const MAX_NAME = 64;

/** Cut short, two people could be one. Throws OIDC_FAILED. */
export function knownAs(given: string): string {
  const name = given.trim().toLowerCase();
  if (name === '' || name.length > MAX_NAME)
    throw new Fault('OIDC_FAILED', `the name has no characters or more than ${MAX_NAME}`);
  return name;
}
