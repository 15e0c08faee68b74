/** What is sent is read whole before a route sees it: no larger, and no slower, than it may be. */
import type { Context, MiddlewareHandler } from 'hono';
import { Fault } from '../../src/fault.ts';
import type { Env } from './env.ts';
import { statusOf } from './http-status.ts';

/** A body has so many seconds, and one more for each so many bytes that it may have. */
export type BodyPace = Readonly<{ seconds: number; bytesPerSecond: number }>;
export const BODY_PACE: BodyPace = { seconds: 30, bytesPerSecond: 512 * 1024 };

/** How a refusal is shown. */
type Refuse = (c: Context<Env>, fault: Fault, status: 413 | 408) => Response | Promise<Response>;

/** INPUT_INVALID (413) for what is too large, BODY_TOO_SLOW (408) for what takes too long; then the connection ends. */
export const wholeBody =
  (maxBytes: number, pace: BodyPace, refuse: Refuse): MiddlewareHandler<Env> =>
  async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    try {
      const bytes = await bodyOf(c, maxBytes, (pace.seconds + maxBytes / pace.bytesPerSecond) * 1000);
      c.req.raw = new Request(c.req.raw, { body: bytes });
    } catch (thrown) {
      const { fault } = statusOf(thrown);
      c.header('Connection', 'close');
      return refuse(c, fault, fault.code === 'BODY_TOO_SLOW' ? 408 : 413);
    }
    return next();
  };

/** Throws INPUT_INVALID, BODY_TOO_SLOW. */
async function bodyOf(c: Context<Env>, maxBytes: number, ms: number): Promise<Uint8Array<ArrayBuffer>> {
  const refuseLarge = (size: number): void => {
    if (size > maxBytes) throw new Fault('INPUT_INVALID', 'what was sent is too large');
  };
  refuseLarge(Number(c.req.header('content-length') ?? 0));
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = c.req.raw.body?.getReader();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Fault('BODY_TOO_SLOW')), ms);
  });
  try {
    for (;;) {
      const part = await Promise.race([reader?.read() ?? { done: true as const, value: undefined }, late]);
      if (part.done) return Buffer.concat(parts);
      size += part.value.byteLength;
      refuseLarge(size);
      parts.push(part.value);
    }
  } finally {
    clearTimeout(timer);
  }
}
