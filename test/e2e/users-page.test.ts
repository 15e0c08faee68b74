/** The page of the users of a running service. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../support/running-service.ts';
import { openSite, type Site } from '../support/site.ts';

let running: RunningService;
let site: Site;
beforeAll(async () => {
  running = await startService();
  site = await openSite({ dataDir: running.dataDir, httpPort: running.service.httpPort });
});
afterAll(() => running[Symbol.asyncDispose]());

test('a new user who is refused leaves name, role and reason in the form, and no password', async () => {
  const form = { name: 'p.meyer', role: 'operator', reason: 'CHG-1042', password: 'ninechars' };
  const answer = await site.call('/users', { as: 'administrator', form });
  const text = await answer.text();
  expect(text).toContain('a password has 12 characters or more');
  expect(text).toMatch(/<input id="name"[^>]* value="p\.meyer"/);
  expect(text).toMatch(/<option value="operator" selected="">operator<\/option>/);
  expect(text).toMatch(/id="new-user-reason"[^>]* value="CHG-1042"/);
  expect(text).not.toContain('ninechars');
  const made = await site.call('/users', {
    as: 'administrator',
    form: { ...form, password: 'a phantom at noon' },
  });
  expect(made.headers.get('location')).toBe('/users');
});
