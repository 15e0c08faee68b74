/** Audit messages by syslog over TLS (PS3.15 A.6, RFC 5425). */
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { BCP_195 } from '../../src/dicom/secure-transport.ts';
import { Fault } from '../../src/fault.ts';
import type { AuditCollector, Clock, CollectorMessage, TlsMaterial } from '../../src/ports.ts';
import { type SyslogOrigin, syslogFrame } from './frame.ts';

type Options = Readonly<{
  host: string;
  port: number;
  tls: TlsMaterial;
  origin: SyslogOrigin;
  clock: Clock;
  /** the handshake, and the writing of one batch */
  timeoutSeconds?: number;
  /** the connection must stand so long after a batch: TLS 1.3 refuses a certificate of ours only after our first bytes */
  settleMs?: number;
}>;
type Handed = Readonly<{ frame: Buffer; at: number }>;

/** What was handed over so long before a break may not have arrived: nothing in the protocol says that it did. */
const UNCERTAIN_MS = 120_000;
const MOST_UNCERTAIN = 2000;
const KEEP_ALIVE_MS = 10_000;

/** One connection, opened with the first message and again after a break. Calls of `send` do not overlap. */
export function syslogOverTls({ timeoutSeconds = 15, settleMs = 250, ...options }: Options): AuditCollector {
  let socket: TLSSocket | undefined;
  let handed: Handed[] = [];
  let hasBroken = false;

  const drop = () => {
    socket?.destroy();
    socket = undefined;
  };
  const open = async (signal: AbortSignal): Promise<TLSSocket> => {
    if (socket && !socket.destroyed) return socket;
    const opened = await connected(options, signal);
    opened.once('close', () => {
      hasBroken = true;
      if (socket === opened) socket = undefined;
    });
    socket = opened;
    return opened;
  };
  /** Those of which it is not certain that they arrived, where there was a break since. */
  const doubtful = (): Handed[] => {
    const since = options.clock().getTime() - UNCERTAIN_MS;
    handed = handed.filter(({ at }) => at >= since).slice(-MOST_UNCERTAIN);
    return hasBroken ? handed : [];
  };
  const send = async (messages: readonly CollectorMessage[], signal: AbortSignal): Promise<void> => {
    const at = options.clock().getTime();
    const frames = messages.map((message): Handed => ({ frame: syslogFrame(message, options.origin), at }));
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000 + settleMs)]);
    try {
      const to = await open(limit);
      const again = doubtful();
      await written(to, [...again, ...frames], settleMs, limit);
      // Handed over once more, and so in doubt for as long again.
      handed = [
        ...handed.filter((each) => !again.includes(each)),
        ...again.map(({ frame }) => ({ frame, at })),
        ...frames,
      ];
      hasBroken = false;
    } catch (thrown) {
      drop();
      throw thrown instanceof Fault ? thrown : new Fault('AUDIT_FAILED', reasonOf(thrown));
    }
  };
  return {
    send,
    [Symbol.asyncDispose]: async () => {
      const closing = socket;
      if (!closing || closing.destroyed) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => closing.destroy(), 1000);
        closing.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        closing.end();
      });
    },
  };
}

/** The collector's certificate is verified, ours shown where there is one. */
function connected({ host, port, tls }: Options, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(tls.ca.length > 0 ? { ca: [...tls.ca] } : {}),
      ...(tls.cert && tls.key ? { cert: tls.cert, key: tls.key } : {}),
      ...BCP_195,
    });
    const stop = () => socket.destroy(new Error('no TLS connection in time'));
    signal.addEventListener('abort', stop, { once: true });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', stop);
      socket.off('error', reject);
      // A break shows as `close`; nothing is ever answered, and what comes all the same is dropped.
      socket.on('error', () => undefined);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      socket.once('end', () => socket.destroy());
      socket.resume();
      resolve(socket);
    });
    if (signal.aborted) stop();
  });
}

/** Rejects when the connection breaks before all of it was taken, or just after. */
function written(
  socket: TLSSocket,
  frames: readonly Handed[],
  settleMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const done = (problem?: unknown) => {
      clearTimeout(timer);
      socket.off('error', done);
      socket.off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      if (problem) reject(problem);
      else resolve();
    };
    const onClose = () => done(new Fault('AUDIT_FAILED', 'the collector closed the connection'));
    const onAbort = () => done(new Fault('AUDIT_FAILED', 'not written in time'));
    socket.once('error', done);
    socket.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (socket.destroyed) return onClose();
    if (signal.aborted) return onAbort();
    socket.write(Buffer.concat(frames.map(({ frame }) => frame)), (problem) => {
      if (problem) done(problem);
      else timer = setTimeout(done, settleMs);
    });
  });
}

const reasonOf = (thrown: unknown): string => {
  const { code, message } = thrown as { code?: string; message?: string };
  return code ?? message ?? 'unknown';
};
