import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { webhookMessenger } from '../../adapters/webhook/post.ts';
import type { Message } from '../../src/notifications/message.ts';

const message: Message = {
  id: 'abc123',
  at: '2026-03-01T12:00:00.000Z',
  installation: 'Site',
  isTest: false,
  subject: 'Earshot (Site): 1 case is held',
  text: 'A case is held.\n',
  html: '<p>A case is held.</p>',
  matters: [],
};
const signal = new AbortController().signal;
const clock = () => new Date('2026-03-01T12:00:00Z');
const failed = { code: 'NOTIFICATION_FAILED' };

let server: Server | undefined;
let requests: { headers: IncomingMessage['headers']; body: string; url: string }[] = [];
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  requests = [];
});

async function answering(answer: (response: ServerResponse) => void): Promise<string> {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push({ headers: request.headers, body, url: request.url ?? '' });
    answer(response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

describe('a webhook', () => {
  test('gets a document that says what it is, signed over time and body', async () => {
    const url = await answering((response) => response.end('thanks\u0007<b>'));
    const secret = 'sixteen-letters-!';
    expect(await webhookMessenger({ url, secret }, clock).send(message, signal)).toBe('HTTP 200 thanks <b>');
    const headers = requests[0]?.headers;
    const body = requests[0]?.body ?? '';
    expect(JSON.parse(body)).toEqual({
      version: 1,
      id: 'abc123',
      kind: 'notification',
      at: message.at,
      installation: 'Site',
      subject: message.subject,
      text: message.text,
      matters: [],
    });
    const seconds = clock().getTime() / 1000;
    const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
    expect(headers?.['x-earshot-signature']).toBe(`t=${seconds},v1=${digest}`);
    expect(headers?.['x-earshot-id']).toBe('abc123');
  });

  test('without a secret is not signed, and a test says that it is one', async () => {
    const url = await answering((response) => response.writeHead(204).end());
    expect(await webhookMessenger({ url }, clock).send({ ...message, isTest: true }, signal)).toBe(
      'HTTP 204',
    );
    expect(requests[0]?.headers['x-earshot-signature']).toBeUndefined();
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ kind: 'test' });
  });

  test('that answers with another address is a failure, and nothing goes there', async () => {
    const url = await answering((response) => response.writeHead(307, { location: '/elsewhere' }).end());
    await expect(webhookMessenger({ url }, clock).send(message, signal)).rejects.toMatchObject({
      ...failed,
      detail: 'HTTP 307',
    });
    expect(requests.map((each) => each.url)).toEqual(['/hook']);
  });

  test('that refuses, hangs, or is not there is a failure that says which', async () => {
    const url = await answering((response) => response.writeHead(500).end('no room'));
    const refusing = webhookMessenger({ url }, clock).send(message, signal);
    await expect(refusing).rejects.toMatchObject({ ...failed, detail: 'HTTP 500 no room' });
    server?.removeAllListeners('request');
    const hanging = webhookMessenger({ url }, clock, 100).send(message, signal);
    await expect(hanging).rejects.toMatchObject({ ...failed, detail: 'no answer in time' });
    const nobody = webhookMessenger({ url: 'http://127.0.0.1:1/' }, clock).send(message, signal);
    await expect(nobody).rejects.toMatchObject(failed);
  });

  test('that took it and never ends its answer has taken it; an endless answer is not read', async () => {
    const slow = await answering((response) => response.writeHead(200).write('ok'));
    expect(await webhookMessenger({ url: slow }, clock, 200).send(message, signal)).toBe('HTTP 200 ok');
    server?.removeAllListeners('request');
    server?.on('request', (_request, response: ServerResponse) => {
      response.writeHead(200);
      const more = () => !response.destroyed && response.write('x'.repeat(65_536)) && setImmediate(more);
      response.on('drain', more);
      more();
    });
    const answer = await webhookMessenger({ url: slow }, clock, 5000).send(message, signal);
    expect(answer).toHaveLength('HTTP 200 '.length + 200);
  });
});
