/** Login by OpenID Connect: authorization code flow with PKCE, state and nonce, over openid-client. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  clockTolerance,
  discovery,
  enableNonRepudiationChecks,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { Fault } from '../../src/fault.ts';
import type { Clock, IdentityProvider, PendingLogin } from '../../src/ports.ts';

export type OidcConfig = Readonly<{
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** our own address as browsers see it */
  publicUrl: string;
  scopes: readonly string[];
  /** claim of the ID token; with dots, a claim within a claim */
  groupsClaim: string;
}>;

const CALLBACK = '/login/oidc/callback';
const TOLERATED_SECONDS = 10;
const TIMEOUT_SECONDS = 10;
/** What the provider says of itself is read again after so long. */
const DISCOVERED_FOR_MS = 3_600_000;
const LONGEST_NAME = 200;

/** The provider is first asked when somebody logs in, so that it may be down when the service starts. */
export function oidcClient(config: OidcConfig, clock: Clock): IdentityProvider {
  const redirectUri = config.publicUrl.replace(/\/+$/, '') + CALLBACK;
  let known: { at: number; configuration: Promise<Configuration> } | undefined;
  const configured = (): Promise<Configuration> => {
    const now = clock().getTime();
    if (known && now >= known.at && now - known.at < DISCOVERED_FOR_MS) return known.configuration;
    const discovering = { at: now, configuration: discovered(config) };
    known = discovering;
    discovering.configuration.catch(() => {
      if (known === discovering) known = undefined;
    });
    return discovering.configuration;
  };
  return {
    start: () =>
      failingAs('start', async () => {
        const configuration = await configured();
        const pending = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
        const url = buildAuthorizationUrl(configuration, {
          redirect_uri: redirectUri,
          scope: config.scopes.join(' '),
          state: pending.state,
          nonce: pending.nonce,
          code_challenge: await calculatePKCECodeChallenge(pending.verifier),
          code_challenge_method: 'S256',
        });
        return { url: url.href, pending };
      }),
    issuer: () => failingAs('issuer', async () => (await configured()).serverMetadata().issuer),
    finish: (callbackUrl, pending) =>
      failingAs('finish', async () => {
        const configuration = await configured();
        const claims = await claimsOf(configuration, addressed(redirectUri, callbackUrl), pending);
        const [issuer, subject] = [String(claims['iss']), String(claims['sub'])];
        return { issuer, subject, name: nameIn(claims), groups: groupsIn(claims, config.groupsClaim) };
      }),
  };
}

async function discovered({ issuer, clientId, clientSecret }: OidcConfig): Promise<Configuration> {
  const url = new URL(issuer);
  const isPlain = url.protocol === 'http:';
  if (isPlain && !isLoopback(url.hostname)) throw new Fault('OIDC_FAILED', 'the issuer must be https');
  return discovery(url, clientId, { [clockTolerance]: TOLERATED_SECONDS }, authentication(clientSecret), {
    timeout: TIMEOUT_SECONDS,
    // The signature of the ID token is verified too, although it comes over our own connection to the provider.
    execute: [enableNonRepudiationChecks, ...(isPlain ? [allowInsecureRequests] : [])],
  });
}

/** In the way that the provider takes; basic is what one takes that does not say. */
function authentication(secret: string): ClientAuth {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, client, body, headers);
  };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/** As the provider knows the address: a proxy before us may have changed all but the query string. */
const addressed = (redirectUri: string, callbackUrl: string): URL => {
  const url = new URL(redirectUri);
  url.search = new URL(callbackUrl, redirectUri).search;
  return url;
};

type Claims = Readonly<Record<string, unknown>>;

async function claimsOf(configuration: Configuration, url: URL, pending: PendingLogin): Promise<Claims> {
  const tokens = await authorizationCodeGrant(configuration, url, {
    pkceCodeVerifier: pending.verifier,
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (!claims) throw new Fault('OIDC_FAILED', 'no ID token');
  return claims;
}

function nameIn(claims: Claims): string {
  const given = [claims['preferred_username'], claims['email'], claims['sub']];
  const name = given.find((value) => typeof value === 'string' && value.trim() !== '');
  return String(name).trim().slice(0, LONGEST_NAME);
}

/** A list, or one group alone. */
function groupsIn(claims: Claims, path: string): string[] {
  const found = path in claims ? claims[path] : within(claims, path.split('.'));
  const list: unknown[] = Array.isArray(found) ? found : [found];
  return list.filter((group) => typeof group === 'string');
}

const within = (value: unknown, [first, ...rest]: readonly string[]): unknown => {
  if (first === undefined) return value;
  const isRecord = typeof value === 'object' && value !== null && Object.hasOwn(value, first);
  return isRecord ? within((value as Claims)[first], rest) : undefined;
};

/** Codes only: descriptions and claims may name a person. */
async function failingAs<T>(step: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    const { code, error, cause } = thrown as { code?: unknown; error?: unknown; cause?: { code?: unknown } };
    const codes = [code, error, cause?.code].filter((each) => typeof each === 'string');
    throw new Fault('OIDC_FAILED', [step, ...new Set(codes)].join(' ').slice(0, 200));
  }
}
