/** Every page and every form by every role, by enumeration of the table that the service serves. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pagesOf } from '../../adapters/admin/pages.ts';
import type { PageRoute } from '../../adapters/admin/route.ts';
import { includesRole, ROLES } from '../../src/api/operation.ts';
import type { Areas } from '../../src/startup/operations.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

/** The table needs operations only when a page is asked for. */
const ANY: object = new Proxy({}, { get: () => ANY });
const routes: readonly PageRoute[] = pagesOf(ANY as Areas);
const placeOf = (path: string): string => path.replace(/:\w+/g, '-');
const nameOf = ({ method, path }: PageRoute): string => `${method} ${path}`;

let running: RunningService;
let site: Site;
beforeAll(async () => {
  running = await startService({ admin: { locked: true } });
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
});
afterAll(() => running[Symbol.asyncDispose]());

test('there is a page for everything in the navigation', () => {
  const paths = routes.filter(({ method }) => method === 'GET').map(({ path }) => path);
  for (const path of [
    '/',
    '/patients',
    '/nodes',
    '/rules',
    '/models',
    '/health',
    '/notifications',
    '/configuration',
    '/audit',
    '/users',
    '/setup',
    '/about',
  ])
    expect(paths).toContain(path);
});

test('nobody sees a page or sends a form without a login', async () => {
  for (const route of routes) {
    const answer = await site.call(placeOf(route.path), { method: route.method });
    expect(`${nameOf(route)}: ${answer.status} ${answer.headers.get('location')?.slice(0, 6)}`).toBe(
      `${nameOf(route)}: 303 /login`,
    );
  }
});

test('a role sees the pages that the table opens to it, and no others', async () => {
  for (const route of routes.filter(({ method }) => method === 'GET')) {
    for (const role of ROLES) {
      const { status } = await site.call(placeOf(route.path), { as: role });
      const said = `${nameOf(route)} as ${role}: ${status}`;
      if (!includesRole(role, route.role)) expect(said).toBe(`${nameOf(route)} as ${role}: 403`);
      else expect([401, 403, 500], said).not.toContain(status);
    }
  }
});

test('a form of a greater role is refused, and every form without the secret of its session', async () => {
  for (const route of routes.filter(({ method }) => method === 'POST')) {
    for (const role of ROLES) {
      const place = placeOf(route.path);
      const forged = await site.call(place, { as: role, method: 'POST' });
      expect(`${nameOf(route)} as ${role}: ${forged.status}`).toBe(`${nameOf(route)} as ${role}: 403`);
      if (includesRole(role, route.role)) continue;
      const sent = await site.call(place, { as: role, form: { reason: 'a reason' } });
      expect(`${nameOf(route)} as ${role}: ${sent.status}`).toBe(`${nameOf(route)} as ${role}: 403`);
    }
  }
});
