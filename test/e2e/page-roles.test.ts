/** Every page and every form by every role, by enumeration of the table that the service serves. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pagesOf } from '../../adapters/admin/pages.ts';
import type { PageRoute } from '../../adapters/admin/route.ts';
import { includesRole, ROLES } from '../../src/api/operation.ts';
import { FAULTS } from '../../src/fault.ts';
import type { Areas } from '../../src/startup/operations.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

/** The table needs operations only when a page is asked for. */
const ANY: object = new Proxy({}, { get: () => ANY });
const routes: readonly PageRoute[] = pagesOf(ANY as Areas);
const placeOf = (path: string): string => path.replace(/:\w+/g, '-');
const nameOf = ({ method, path }: PageRoute): string => `${method} ${path}`;

/** Pages without a placeholder that have nothing to show here: no section is named, changes are locked, no report is made. */
const NOTHING_HERE: ReadonlySet<string> = new Set([
  '/configuration/edit',
  '/configuration/import',
  '/setup/report',
]);
/** Forms that only look, and show what they found. */
const IS_LOOK = /\/(preview|one|candidate|file|export)$/;

const codesIn = (text: string): string[] =>
  (text.match(/[A-Z]+(?:_[A-Z]+)+/g) ?? []).filter((code) => Object.hasOwn(FAULTS, code));
const isPage = (place: string): boolean => {
  const path = place.replace(/[?#].*/, '');
  return routes.some((route) => route.method === 'GET' && placeOf(route.path) === path);
};

/** The status, when it is what somebody gets who may; else what is wrong with it. What no route answers has no code. */
async function verdict({ method, path }: PageRoute, answer: Response): Promise<string> {
  const { status } = answer;
  const text = await answer.text();
  if (status === 303) {
    const to = answer.headers.get('location') ?? 'nowhere';
    return isPage(to) ? 'passed' : `sent on to ${to}`;
  }
  const isTold = codesIn(text).length > 0;
  if (status === 200 && (method === 'GET' || isTold || IS_LOOK.test(path)))
    return text === '' ? '200 and nothing' : 'passed';
  const isRefusal = status >= 400 && status < 500 && status !== 401 && status !== 403;
  const mayRefuse = method === 'POST' || path.includes(':') || NOTHING_HERE.has(path);
  return isRefusal && mayRefuse && isTold ? 'passed' : `${status} with ${codesIn(text).join() || 'no code'}`;
}

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
      const answer = await site.call(placeOf(route.path), { as: role });
      const may = includesRole(role, route.role);
      const said = may ? await verdict(route, answer) : answer.status;
      expect(`${nameOf(route)} as ${role}: ${said}`).toBe(
        `${nameOf(route)} as ${role}: ${may ? 'passed' : 403}`,
      );
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

test('a form without a field gets its fault, its page or a place to go on, from whoever may send it', async () => {
  for (const route of routes.filter(({ method }) => method === 'POST')) {
    for (const role of ROLES.filter((one) => includesRole(one, route.role))) {
      const answer = await site.call(placeOf(route.path), { as: role, form: {} });
      expect(`${nameOf(route)} as ${role}: ${await verdict(route, answer)}`).toBe(
        `${nameOf(route)} as ${role}: passed`,
      );
    }
  }
});

test('what no route answers does not pass for a page or a form', async () => {
  for (const method of ['GET', 'POST'] as const) {
    const path = '/not/in/the/table/:uid';
    const call = { as: 'administrator', ...(method === 'POST' ? { form: {} } : {}) } as const;
    const route: PageRoute = { method, path, role: 'viewer', handle: ({ go }) => go('/') };
    expect(await verdict(route, await site.call(placeOf(path), call))).toBe('404 with no code');
  }
});
