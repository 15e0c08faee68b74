import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, Hono } from 'hono';
import { type Env, isLocal, secretCheck } from './access.ts';

export type HealthAnswers = {
  /** name of each thing that must work to what is wrong with it, or null */
  readiness(): Promise<Readonly<Record<string, string | null>>>;
  metrics(): Promise<{ contentType: string; text: string }>;
};

/**
 * `/healthz` (the process lives), `/readyz` (it can take and store objects), `/metrics` (Prometheus).
 * All but `/healthz`, and every path that is added later, need the bearer token, or a caller on loopback when none is
 * configured.
 */
export function addHealth(app: Hono<Env>, token: string | undefined, answers: HealthAnswers): void {
  const isToken = token === undefined ? undefined : secretCheck(`Bearer ${token}`);
  const mayRead = (c: Context<Env>): boolean =>
    isToken === undefined
      ? isLocal(c.env.incoming, getConnInfo(c).remote.address)
      : isToken(c.env.incoming.headers.authorization);

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.use('*', async (c, next) => {
    if (mayRead(c)) return next();
    return c.json({ code: 'UNAUTHORISED' }, 401, { 'WWW-Authenticate': 'Bearer' });
  });
  app.get('/readyz', async (c) => {
    const checks = await answers.readiness();
    const isReady = Object.values(checks).every((problem) => problem === null);
    return c.json({ status: isReady ? 'ready' : 'notReady', checks }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    const { contentType, text } = await answers.metrics();
    return c.body(text, 200, { 'Content-Type': contentType });
  });
}
