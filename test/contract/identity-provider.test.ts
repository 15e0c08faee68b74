import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { oidcClient } from '../../adapters/oidc/client.ts';
import type { Fault } from '../../src/fault.ts';
import { CLIENT, startIdentityProvider, type TestProvider } from '../support/identity-provider.ts';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startIdentityProvider();
});
afterAll(() => provider[Symbol.asyncDispose]());
beforeEach(() => {
  provider.fault = undefined;
  provider.claims = { preferred_username: 'lin', groups: ['radiology', 'pacs-admins'] };
});

const clientOf = (over: Partial<Parameters<typeof oidcClient>[0]> = {}) =>
  oidcClient(
    {
      ...CLIENT,
      issuer: provider.issuer,
      publicUrl: 'https://earshot.test/inner/',
      scopes: ['openid', 'profile'],
      groupsClaim: 'groups',
      ...over,
    },
    () => new Date(),
  );

/** Everything that a browser and we do, with what lies between. */
async function login(client = clientOf()) {
  const { url, pending } = await client.start();
  return client.finish(await provider.visit(url), pending);
}
const failing = (task: Promise<unknown>): Promise<Fault> =>
  task.then(
    () => Promise.reject(new Error('it did not fail')),
    (fault: Fault) => fault,
  );

describe('a person who logs in at the provider', () => {
  it('comes back with who that is, name and groups', async () => {
    const { issuer } = provider;
    const groups = ['radiology', 'pacs-admins'];
    expect(await login()).toEqual({ issuer, subject: 'sub-1', name: 'lin', groups });
  });

  it('is sent there with PKCE, state and nonce, and back to our public address', async () => {
    const { searchParams } = new URL((await clientOf().start()).url);
    expect(searchParams.get('redirect_uri')).toBe('https://earshot.test/inner/login/oidc/callback');
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    for (const name of ['code_challenge', 'state', 'nonce']) {
      expect(searchParams.get(name)?.length).toBeGreaterThanOrEqual(32);
    }
  });

  it('is known by the subject where the provider says nothing else, and may have no group', async () => {
    provider.claims = {};
    expect(await login()).toMatchObject({ name: 'sub-1', groups: [] });
  });

  it('has groups also where they lie within another claim, or are one alone', async () => {
    provider.claims = { realm_access: { roles: ['a', 1, 'b'] }, groups: 'alone' };
    expect((await login(clientOf({ groupsClaim: 'realm_access.roles' }))).groups).toEqual(['a', 'b']);
    expect((await login()).groups).toEqual(['alone']);
  });

  it('may come back through a proxy that changed host and path', async () => {
    const client = clientOf();
    const { url, pending } = await client.start();
    const { search } = new URL(await provider.visit(url));
    expect((await client.finish(`http://10.0.0.7:8080/login/oidc/callback${search}`, pending)).name).toBe(
      'lin',
    );
  });
});

describe('nobody gets in', () => {
  it.each(['nonce', 'audience', 'issuer', 'expired', 'signature', 'denied', 'noIdToken'] as const)(
    'when the provider answers with a wrong %s',
    async (fault) => {
      provider.fault = fault;
      const failed = await failing(login());
      expect(failed.code).toBe('OIDC_FAILED');
      expect(failed.detail).toMatch(/^finish \S+/);
    },
  );

  it('with the state, verifier or nonce of another login', async () => {
    const client = clientOf();
    const [one, other] = [await client.start(), await client.start()];
    for (const key of ['state', 'verifier', 'nonce'] as const) {
      const pending = { ...one.pending, [key]: other.pending[key] };
      const back = await provider.visit(one.url);
      expect((await failing(client.finish(back, pending))).code).toBe('OIDC_FAILED');
    }
  });

  it('with a code that was used before', async () => {
    const client = clientOf();
    const { url, pending } = await client.start();
    const back = await provider.visit(url);
    await client.finish(back, pending);
    expect((await failing(client.finish(back, pending))).detail).toContain('invalid_grant');
  });

  it('by a provider in clear text that is not on this machine', async () => {
    const failed = await failing(clientOf({ issuer: 'http://idp.test' }).start());
    expect(failed).toMatchObject({ code: 'OIDC_FAILED', detail: 'the issuer must be https' });
  });
});

describe('what the provider calls itself', () => {
  it.each(['', '/', '/.well-known/openid-configuration'])(
    'is what its ID tokens say, where its address is configured with "%s" at the end',
    async (end) => {
      const client = clientOf({ issuer: `${provider.issuer}${end}` });
      expect(await client.issuer()).toBe((await login(client)).issuer);
    },
  );
});

describe('a provider that is down', () => {
  it('hinders no login once it is back, and is asked for its configuration once', async () => {
    const client = clientOf();
    provider.fault = 'down';
    expect((await failing(client.start())).code).toBe('OIDC_FAILED');
    provider.fault = undefined;
    const before = provider.discoveries;
    await login(client);
    await login(client);
    expect(provider.discoveries - before).toBe(1);
  });
});
