/** `admin.locked`: every route that writes is refused, by enumeration of all that the service serves. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AdminNeeds, adminApp } from '../../adapters/admin/app.tsx';
import { pagesOf } from '../../adapters/admin/pages.ts';
import type { Areas } from '../../src/startup/operations.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

/** They ask by POST, and change nothing: what is looked for stands in no address, and what is tried is long. */
const LOOKS = [
  'POST /api/audit/verify',
  'POST /api/cases/search',
  'POST /api/configuration/import/plan',
  'POST /api/configuration/plan',
  'POST /api/notifications/preview',
  'POST /api/patients/correct/preview',
  'POST /api/patients/import/preview',
  'POST /api/patients/merge/preview',
  'POST /api/patients/search',
  'POST /api/rules/dry-run/file',
  'POST /api/rules/dry-run/study',
  'POST /api/rules/{which}/check',
  'POST /audit',
  'POST /audit/export',
  'POST /audit/verify',
  'POST /configuration/edit/check',
  'POST /configuration/import/preview',
  'POST /patients/correct/one',
  'POST /patients/correct/preview',
  'POST /patients/import/one',
  'POST /patients/import/preview',
  'POST /patients/merge/one',
  'POST /patients/merge/preview',
  'POST /patients/search',
  'POST /rules/:which/check',
  'POST /rules/dry-run',
  'POST /rules/dry-run/candidate',
  'POST /rules/dry-run/file',
  'POST /worklist/search',
];
const FIELDS = { reason: 'a reason', name: 'anna', section: 'nodes', text: '[]', basedOn: 'x' };
const SESSIONS = ['POST /login', 'POST /login/oidc', 'POST /logout'];

let running: RunningService;
let site: Site;
beforeAll(async () => {
  running = await startService({ admin: { locked: true } });
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
});
afterAll(() => running[Symbol.asyncDispose]());

/** The tables need operations only when a page is asked for. */
const ANY: object = new Proxy({}, { get: () => ANY });
const pageRoutes = (): string[] => {
  const needs = { ...ANY, operations: [], pages: pagesOf(ANY as Areas), singleSignOn: ANY, front: ANY };
  const app = adminApp({ ...needs, assets: { version: 'v', files: {} } } as unknown as AdminNeeds);
  return app.routes
    .filter(({ method, path }) => !['GET', 'ALL'].includes(method) && !path.startsWith('/api/'))
    .map(({ method, path }) => `${method} ${path}`);
};
async function apiRoutes(): Promise<string[]> {
  type Paths = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const { paths } = await site.json<{ paths: Paths }>('/api/openapi.json', { as: 'administrator' });
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .map((method) => method.toUpperCase())
      .filter((method) => method !== 'GET')
      .map((method) => `${method} /api${path.replace(/^\/api/, '')}`),
  );
}
/** What is refused stands in the audit trail. */
async function refusals(): Promise<number> {
  const found = `SELECT COUNT(*) AS "n" FROM "audit" WHERE "fault" = 'ADMIN_LOCKED' AND "outcome" = 'refused'`;
  const rows = await running.service.world.catalogue.sql.query<{ n: number }>(found);
  return Number(rows[0]?.n);
}

test('every route that writes is refused, but for logging in and out', async () => {
  const routes = [...new Set([...pageRoutes(), ...(await apiRoutes())])];
  expect(routes.length).toBeGreaterThan(80);
  const refused: string[] = [];
  for (const route of routes.filter((each) => !SESSIONS.includes(each))) {
    const [method = '', path = ''] = route.split(' ');
    const place = path.replace(':which', 'baseline').replace(/:\w+|\{\w+\}/g, '-');
    const before = await refusals();
    const sent = path.startsWith('/api/') ? { json: {} } : { form: FIELDS };
    const { status } = await site.call(place, { as: 'administrator', method, ...sent });
    if ((await refusals()) === before) continue;
    refused.push(route);
    if (path.startsWith('/api/')) expect(status, route).toBe(423);
  }
  expect(routes.filter((route) => !refused.includes(route)).sort()).toEqual([...LOOKS, ...SESSIONS].sort());
});
