/** An OpenID Connect provider on loopback that logs one person in without asking, and can misbehave. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

type Fault = 'nonce' | 'audience' | 'issuer' | 'expired' | 'signature' | 'denied' | 'down' | 'noIdToken';
export type TestProvider = AsyncDisposable & {
  readonly issuer: string;
  /** how it misbehaves from now on */
  fault: Fault | undefined;
  /** claims of the ID token beside those that belong there */
  claims: JWTPayload;
  /** requests for its configuration */
  readonly discoveries: number;
  /** What a browser does that is sent to this address: the address to which it is sent back. */
  visit(url: string): Promise<string>;
};

export const CLIENT = { clientId: 'earshot', clientSecret: 'a secret of the test' } as const;

type Asked = Readonly<{ challenge: string; nonce: string; redirectUri: string }>;

export async function startIdentityProvider(): Promise<TestProvider> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const other = await generateKeyPair('RS256');
  const codes = new Map<string, Asked>();
  let discoveries = 0;

  const idToken = (nonce: string): Promise<string> => {
    const is = (fault: Fault) => provider.fault === fault;
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ ...provider.claims, nonce: is('nonce') ? 'another' : nonce })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(is('issuer') ? 'https://else.test' : provider.issuer)
      .setAudience(is('audience') ? 'somebody-else' : CLIENT.clientId)
      .setSubject(provider.claims.sub ?? 'sub-1')
      .setIssuedAt(is('expired') ? now - 7200 : now)
      .setExpirationTime(is('expired') ? now - 3600 : now + 60)
      .sign(is('signature') ? other.privateKey : privateKey);
  };
  const routes: Record<string, (request: IncomingMessage, url: URL) => Promise<Answer>> = {
    '/.well-known/openid-configuration': async () => {
      discoveries += 1;
      const { issuer } = provider;
      return json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    },
    '/jwks': async () =>
      json({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] }),
    '/authorize': async (_, { searchParams }) => {
      const given = (name: string) => searchParams.get(name) ?? '';
      const back = new URL(given('redirect_uri'));
      back.searchParams.set('state', given('state'));
      if (provider.fault === 'denied') back.searchParams.set('error', 'access_denied');
      else {
        const code = randomUUID();
        codes.set(code, {
          challenge: given('code_challenge'),
          nonce: given('nonce'),
          redirectUri: given('redirect_uri'),
        });
        back.searchParams.set('code', code);
      }
      return { status: 302, headers: { location: back.href }, body: '' };
    },
    '/token': async (request) => {
      const form = new URLSearchParams(await bodyOf(request));
      const asked = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      const isOurs = request.headers.authorization === basic();
      const isGood =
        isOurs && challenge === asked?.challenge && asked.redirectUri === form.get('redirect_uri');
      if (!isGood || !asked) return json({ error: 'invalid_grant' }, 400);
      const token = provider.fault === 'noIdToken' ? {} : { id_token: await idToken(asked.nonce) };
      return json({ access_token: 'access', token_type: 'Bearer', expires_in: 60, ...token });
    },
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', provider.issuer);
    const route = routes[url.pathname];
    const answer = provider.fault === 'down' || !route ? json({}, 503) : route(request, url);
    void Promise.resolve(answer).then((given) => reply(response, given));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const provider: TestProvider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: undefined,
    claims: {},
    get discoveries() {
      return discoveries;
    },
    visit: async (url) => (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '',
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return provider;
}

type Answer = Readonly<{ status: number; headers: Record<string, string>; body: string }>;

const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const reply = (response: ServerResponse, { status, headers, body }: Answer) =>
  response.writeHead(status, headers).end(body);

/** RFC 6749 2.3.1: both are form-encoded first. */
const basic = (): string => {
  const coded = (value: string) => new URLSearchParams({ value }).toString().slice('value='.length);
  const login = `${coded(CLIENT.clientId)}:${coded(CLIENT.clientSecret)}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
