/** A syslog server over TLS on loopback (RFC 5425) that keeps what it got. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Signed } from './certificates.ts';

export type SyslogCollector = AsyncDisposable &
  Readonly<{
    port: number;
    /** whole messages, without the count of their frame, in the order of arrival */
    messages: string[];
    /** connections that were ever made */
    connections: () => number;
    /** Cuts every connection. */
    cut(): void;
  }>;

export async function startSyslogCollector(
  certificate: Signed,
  options: Readonly<{ port?: number; clientAuthority?: string; maxVersion?: 'TLSv1.2' | 'TLSv1.3' }> = {},
): Promise<SyslogCollector> {
  const messages: string[] = [];
  const open = new Set<TLSSocket>();
  let connections = 0;
  const { clientAuthority, maxVersion = 'TLSv1.3' } = options;
  const server = createServer(
    {
      cert: readFileSync(certificate.cert),
      key: readFileSync(certificate.key),
      maxVersion,
      ...(clientAuthority
        ? { ca: readFileSync(clientAuthority), requestCert: true, rejectUnauthorized: true }
        : {}),
    },
    (socket) => {
      connections += 1;
      open.add(socket);
      socket.on('error', () => undefined).once('close', () => open.delete(socket));
      let rest: Buffer = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        rest = Buffer.concat([rest, chunk]);
        for (let frame = frameOf(rest); frame; frame = frameOf(rest)) {
          messages.push(frame.message.toString());
          rest = rest.subarray(frame.length);
        }
      });
    },
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    connections: () => connections,
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function frameOf(bytes: Buffer): { message: Buffer; length: number } | undefined {
  const blank = bytes.indexOf(0x20);
  if (blank < 1) return undefined;
  const count = bytes.subarray(0, blank).toString();
  if (!/^[1-9]\d*$/.test(count)) throw new Error(`not a count: ${count}`);
  const length = blank + 1 + Number(count);
  return bytes.length < length ? undefined : { message: bytes.subarray(blank + 1, length), length };
}
