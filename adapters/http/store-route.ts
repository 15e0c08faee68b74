import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type AnonymousStow, type Env, type Sender, senderAccess } from './access.ts';

export type StoreAccess = Readonly<{ senders: readonly Sender[]; anonymous: AnonymousStow }>;
/** Takes a Store request whose sender is known. */
export type Store = (
  request: Readonly<{
    headers: IncomingHttpHeaders;
    body: Readable;
    study: string | undefined;
    from: string;
    peer: string;
  }>,
) => Promise<Readonly<{ status: number; headers: Readonly<Record<string, string>>; body: string }>>;

/** `POST /dicom-web/studies` and `/dicom-web/studies/{study}` (PS3.18 10.5), for senders that may. */
export function addStore(app: Hono<Env>, { senders, anonymous }: StoreAccess, store: Store): void {
  const access = senderAccess(senders, anonymous);
  const answer = async (c: Context<Env>, study: string | undefined): Promise<Response> => {
    const { incoming } = c.env;
    const caller = access(incoming, getConnInfo(c).remote.address);
    if (caller === 'tooManyFailures')
      return c.json({ code: 'TOO_MANY_REQUESTS' }, 429, { 'Retry-After': '60', Connection: 'close' });
    if (caller === 'unauthorised') {
      // Without senders there is nothing that a login could say.
      return senders.length === 0
        ? c.json({ code: 'UNAUTHORISED' }, 403, { Connection: 'close' })
        : c.json({ code: 'UNAUTHORISED' }, 401, { 'WWW-Authenticate': CHALLENGE, Connection: 'close' });
    }
    const { status, headers, body } = await store({
      headers: incoming.headers,
      body: incoming,
      study,
      ...caller,
    });
    return c.body(body, status as ContentfulStatusCode, headers);
  };
  app.post('/dicom-web/studies', (c) => answer(c, undefined));
  app.post('/dicom-web/studies/:study', (c) => answer(c, c.req.param('study')));
}

const CHALLENGE = 'Bearer, Basic realm="Earshot", charset="UTF-8"';
