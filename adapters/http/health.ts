import { timingSafeEqual } from 'node:crypto';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { type Context, Hono } from 'hono';
import { Fault } from '../../src/fault.ts';

export type HttpOptions = Readonly<{ host: string; port: number; token?: string | undefined }>;
export type HttpAnswers = {
  /** name of each thing that must work to what is wrong with it, or null */
  readiness(): Promise<Readonly<Record<string, string | null>>>;
  metrics(): Promise<{ contentType: string; text: string }>;
};

/**
 * `/healthz` (the process lives), `/readyz` (it can take and store objects), `/metrics` (Prometheus).
 * All but `/healthz` need the bearer token, or a caller on loopback when none is configured.
 */
export async function startHttp(
  { host, port, token }: HttpOptions,
  answers: HttpAnswers,
): Promise<{ port: number } & AsyncDisposable> {
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.use('*', async (c, next) => {
    if (mayRead(c, token)) return next();
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
  app.onError((_error, c) => c.json({ code: 'INTERNAL' }, 500));

  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (address) => {
      resolve({
        port: address.port,
        [Symbol.asyncDispose]: () =>
          new Promise<void>((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    }) as Server;
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Fault('PORT_IN_USE', `HTTP ${host}:${port}`) : error);
    });
  });
}

const LOOPBACK = /^(::1|(::ffff:)?127\.)/;

function mayRead(c: Context, token: string | undefined): boolean {
  if (token === undefined) return LOOPBACK.test(getConnInfo(c).remote.address ?? '');
  const given = Buffer.from(c.req.header('authorization') ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
