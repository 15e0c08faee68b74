/** The whole API of a running service: who may what, by enumeration; and what nobody should send, by fast-check. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { includesRole, ROLES, type Role } from '../../src/api/operation.ts';
import { FAULTS } from '../../src/fault.ts';
import { anyInput, anyObject, type Schema } from '../support/any-input.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

type Parameter = Readonly<{ name: string; in: 'path' | 'query'; required: boolean; schema: Schema }>;
type Entry = Readonly<{
  operationId: string;
  'x-role': Role;
  'x-changes': boolean;
  parameters: readonly Parameter[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}>;
type Listed = Entry & Readonly<{ method: string; path: string }>;

/** Runs of each operation; the long form takes EARSHOT_FUZZ_RUNS. */
const RUNS = Number(process.env['EARSHOT_FUZZ_RUNS'] ?? 12);

async function listed(site: Site): Promise<Listed[]> {
  const { paths } = await site.json<{ paths: Record<string, Record<string, Entry>> }>('/api/openapi.json', {
    as: 'viewer',
  });
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, entry]) => ({ ...entry, method: method.toUpperCase(), path })),
  );
}

/** Path and query string of a call. */
function placeOf({ path, parameters }: Listed, values: Readonly<Record<string, unknown>>): string {
  const text = (value: unknown): string => {
    const given = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    // half a surrogate pair cannot stand in a URL
    return encodeURIComponent(Buffer.from(given.slice(0, 2000)).toString());
  };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => text(values[name]) || '-');
  const query = parameters
    .filter((each) => each.in === 'query' && values[each.name] !== undefined)
    .map(({ name }) => `${name}=${text(values[name])}`);
  return query.length > 0 ? `${filled}?${query.join('&')}` : filled;
}

describe('with changes locked', () => {
  let running: RunningService;
  let site: Site;
  let operations: Listed[];
  beforeAll(async () => {
    running = await startService({ admin: { locked: true } });
    site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
    operations = await listed(site);
  });
  afterAll(() => running[Symbol.asyncDispose]());

  test('there are operations for every page, each named once', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const areas = new Set(ids.map((id) => id.split('.')[0]));
    for (const area of [
      'cases',
      'nodes',
      'rules',
      'models',
      'patients',
      'notifications',
      'configuration',
      'audit',
      'users',
    ])
      expect([...areas]).toContain(area);
  });

  test('nobody reaches any operation without a login, and a made-up token is none', async () => {
    for (const operation of operations) {
      const place = placeOf(operation, {});
      expect([operation.operationId, (await site.call(place, { method: operation.method })).status]).toEqual([
        operation.operationId,
        401,
      ]);
      const headers = { authorization: 'Bearer ear_made-up' };
      expect((await fetch(site.url + place, { method: operation.method, headers })).status).toBe(401);
    }
  });

  test('every operation by every role: lesser roles are refused, and what changes is locked', async () => {
    for (const operation of operations) {
      for (const role of ROLES) {
        const { status } = await site.call(placeOf(operation, {}), { as: role, method: operation.method });
        const said = `${operation.operationId} as ${role}: ${status}`;
        if (!includesRole(role, operation['x-role']))
          expect(said).toBe(`${operation.operationId} as ${role}: 403`);
        else if (operation['x-changes']) expect(said).toBe(`${operation.operationId} as ${role}: 423`);
        else expect([401, 403, 423, 500]).not.toContain(status);
      }
    }
  });

  test('what is not GET and changes nothing is a look', () => {
    const looks = operations.filter((each) => each.method !== 'GET' && !each['x-changes']);
    for (const { operationId } of looks)
      expect(operationId).toMatch(/(check|preview\w*|search|verify|dryRun\w*|plan\w*)$/i);
    for (const each of operations.filter(({ method }) => method === 'GET'))
      expect(each['x-changes']).toBe(false);
  });
});

describe('with inputs that nobody should send', () => {
  let running: RunningService;
  let site: Site;
  let operations: Listed[];
  beforeAll(async () => {
    running = await startService();
    site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
    operations = await listed(site);
  });
  afterAll(() => running[Symbol.asyncDispose]());

  test('every answer is a success or a fault with a known code, and never an unforeseen one', async () => {
    for (const operation of operations) {
      const parameters = Object.fromEntries(operation.parameters.map(({ name, schema }) => [name, schema]));
      const body = operation.requestBody?.content['application/json'].schema;
      await fc.assert(
        fc.asyncProperty(
          anyObject({ properties: parameters }),
          anyInput(body ?? {}),
          async (values, json) => {
            const sent = body === undefined ? {} : { json };
            const answer = await site.call(placeOf(operation, values), {
              as: 'administrator',
              method: operation.method,
              ...sent,
            });
            const text = await answer.text();
            if (answer.ok) return;
            const { code } = JSON.parse(text) as { code: string };
            if (!Object.hasOwn(FAULTS, code) || code === 'INTERNAL' || answer.status === 500)
              throw new Error(`${operation.operationId}: ${answer.status} ${text.slice(0, 300)}`);
          },
        ),
        { numRuns: RUNS, seed: 20_261_127 },
      );
    }
  });

  test('the service lives on, and its users are as before', async () => {
    expect((await fetch(`${site.url}/healthz`)).status).toBe(200);
    const { users } = await site.json<{ users: { name: string; role: string }[] }>('/api/users', {
      as: 'administrator',
    });
    for (const role of ROLES) expect(users).toContainEqual(expect.objectContaining({ name: role, role }));
  });
});
