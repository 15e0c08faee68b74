import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  lengthAfter,
  ProxyHeaderError,
  peerOf,
  readProxyHeader,
} from '../../../../adapters/dimse/proxy-header.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const TCP4 = `${SIGNATURE}2111000c`;
const V4 = 'c0a80105' + '0a000002' + 'd431' + '2b68';
const V6 = '20010db8000000000000000000000005' + 'fd000000000000000000000000000002' + 'd4312b68';
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

it('the address of the source is taken from IPv4 and IPv6, whatever stands behind the addresses', () => {
  expect(lengthAfter(bytes(TCP4))).toBe(12);
  expect(peerOf(bytes(TCP4), bytes(V4))).toBe('192.168.1.5');
  expect(peerOf(bytes(`${SIGNATURE}2111000f`), bytes(`${V4}040000`))).toBe('192.168.1.5');
  expect(peerOf(bytes(`${SIGNATURE}21210024`), bytes(V6))).toBe('2001:db8::5');
  expect(peerOf(bytes(`${SIGNATURE}20000000`), bytes(''))).toBeUndefined();
});

it.each([
  ['version 1', Buffer.from('PROXY TCP4 1.2.3').toString('hex'), ''],
  ['an A-ASSOCIATE-RQ', '010000000100000100004541', ''],
  ['another version', `${SIGNATURE}3111000c`, V4],
  ['an unknown command', `${SIGNATURE}2211000c`, V4],
  ['UDP', `${SIGNATURE}2112000c`, V4],
  ['a Unix socket', `${SIGNATURE}213100d8`, '00'.repeat(216)],
  ['an address that is cut off', `${SIGNATURE}2111000b`, V4.slice(0, 22)],
  ['more than is ever sent', `${SIGNATURE}2111ffff`, V4],
])('%s is refused', (_, start, rest) => {
  expect(() => {
    lengthAfter(bytes(start));
    peerOf(bytes(start), bytes(rest));
  }).toThrow(ProxyHeaderError);
});

it.each([1, 7, 200])('it is read in pieces of %s bytes, and nothing behind it', async (size) => {
  const sent = Buffer.concat([bytes(TCP4), bytes(V4), Buffer.from('association')]);
  const found = await new Promise<[string | undefined, string]>((resolve, reject) => {
    const server = createServer((socket) => {
      readProxyHeader(socket, 2000).then((peer) => {
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk;
          if (text.length >= 11) resolve([peer, text]);
        });
        socket.on('close', () => server.close());
      }, reject);
    });
    server.listen(0, '127.0.0.1', async () => {
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
      client.setNoDelay(true);
      for (let at = 0; at < sent.length; at += size) {
        client.write(sent.subarray(at, at + size));
        await pause(1);
      }
      client.end();
    });
  });
  expect(found).toEqual(['192.168.1.5', 'association']);
});

it('one that does not come in time, or ends in its middle, is refused', async () => {
  const outcome = (send: (client: ReturnType<typeof connect>) => void) =>
    new Promise<string>((resolve) => {
      const server = createServer((socket) => {
        readProxyHeader(socket, 100).then(
          () => resolve('taken'),
          (thrown: Error) => {
            resolve(thrown.message);
            socket.destroy();
            server.close();
          },
        );
      });
      server.listen(0, '127.0.0.1', () => send(connect((server.address() as AddressInfo).port, '127.0.0.1')));
    });
  expect(await outcome((client) => client.write(bytes(SIGNATURE)))).toBe('it did not come in time');
  expect(await outcome((client) => client.end(bytes(`${TCP4}c0a8`)))).toMatch(/too short|ended/);
});
