import { getConnInfo } from '@hono/node-server/conninfo';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startHttp } from '../../../../adapters/http/server.ts';

// Tests listen on loopback only: that a caller is elsewhere can only be told, not done.
vi.mock('@hono/node-server/conninfo', async (original) => {
  const actual = await original<typeof import('@hono/node-server/conninfo')>();
  return { ...actual, getConnInfo: vi.fn(actual.getConnInfo) };
});
afterEach(() => vi.mocked(getConnInfo).mockClear());

const TOKEN = 'a token of more than sixteen characters';
type Checks = Readonly<Record<string, string | null>>;

const server = (token?: string, checks: Checks = { catalogue: null, disk: null }) =>
  startHttp(
    { host: '127.0.0.1', port: 0, token },
    {
      readiness: async () => checks,
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'earshot_cases 1\n' }),
    },
  );
const get = (port: number, path: string, authorization?: string) =>
  fetch(`http://127.0.0.1:${port}${path}`, authorization ? { headers: { authorization } } : {});

describe('/healthz', () => {
  it.each([undefined, TOKEN])('answers everybody, with or without a token configured', async (token) => {
    await using http = await server(token);
    const response = await get(http.port, '/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });
});

describe('/readyz and /metrics', () => {
  it.each(['/readyz', '/metrics'])(
    '%s needs the token when one is configured, also on loopback',
    async (path) => {
      await using http = await server(TOKEN);
      expect((await get(http.port, path, `Bearer ${TOKEN}`)).status).toBe(200);
      for (const wrong of [
        undefined,
        TOKEN,
        'Bearer',
        `Bearer ${TOKEN}x`,
        `Bearer ${TOKEN.slice(0, -1)}`,
        'Basic x',
      ]) {
        const response = await get(http.port, path, wrong);
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        expect(await response.json()).toEqual({ code: 'UNAUTHORISED' });
      }
    },
  );

  it.each(['10.0.0.7', '::ffff:192.168.1.2', '2001:db8::1', '1271.0.0.1', ''])(
    'do not answer a caller at "%s" when no token is configured',
    async (address) => {
      await using http = await server();
      for (const path of ['/readyz', '/metrics', '/anything']) {
        vi.mocked(getConnInfo).mockReturnValueOnce({ remote: { address } });
        expect((await get(http.port, path)).status).toBe(401);
      }
    },
  );

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'answer a caller at %s without a token',
    async (address) => {
      await using http = await server();
      for (const path of ['/readyz', '/metrics']) {
        vi.mocked(getConnInfo).mockReturnValueOnce({ remote: { address } });
        expect((await get(http.port, path)).status).toBe(200);
      }
    },
  );

  it.each(['forwarded', 'via', 'x-forwarded-for', 'x-real-ip', 'origin'])(
    'do not answer a proxy or a browser on this machine (%s) without a token',
    async (name) => {
      await using http = await server();
      const response = await fetch(`http://127.0.0.1:${http.port}/metrics`, { headers: { [name]: 'x' } });
      expect(response.status).toBe(401);
    },
  );

  it('answer this machine by its real address', async () => {
    await using http = await server();
    expect((await get(http.port, '/readyz')).status).toBe(200);
    expect(getConnInfo).toHaveBeenCalled();
  });

  it('/readyz is 503 and says what is wrong when one thing does not work', async () => {
    await using http = await server(undefined, {
      catalogue: null,
      disk: 'free space is below the watermark',
    });
    const response = await get(http.port, '/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: 'notReady',
      checks: { disk: 'free space is below the watermark' },
    });
  });

  it('/metrics has the content type that Prometheus wants', async () => {
    await using http = await server();
    const response = await get(http.port, '/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toBe('earshot_cases 1\n');
  });
});

it('a port that is taken is PORT_IN_USE', async () => {
  await using http = await server();
  const second = startHttp(
    { host: '127.0.0.1', port: http.port },
    { readiness: async () => ({}), metrics: never },
  );
  await expect(second).rejects.toThrow(/PORT_IN_USE/);
});

it('what goes wrong inside is a 500 without its text', async () => {
  const fails = async (): Promise<never> => {
    throw new Error('SECRETNAME');
  };
  await using http = await startHttp({ host: '127.0.0.1', port: 0 }, { readiness: fails, metrics: fails });
  const response = await get(http.port, '/readyz');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('SECRETNAME');
});

const never = () => new Promise<never>(() => undefined);
