import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { type MailServer, mailMessenger } from '../../adapters/mail/smtp.ts';
import type { Message } from '../../src/notifications/message.ts';

const pem = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
const certificate = { key: pem('server-key'), cert: pem('server') };
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

let taken: { body: string; isSecure: boolean }[] = [];
let open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open) await close();
  open = [];
  taken = [];
});

async function mailServer(options: SMTPServerOptions = {}): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    ...certificate,
    onData: (stream, session, done) => {
      let body = '';
      stream.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8');
      });
      stream.on('end', () => {
        taken.push({ body, isSecure: session.secure });
        done(null);
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  open.push(() => new Promise((resolve) => server.close(() => resolve())));
  return (server.server.address() as AddressInfo).port;
}
const messengerTo = (port: number, more: Partial<MailServer> = {}) =>
  mailMessenger(
    {
      host: 'localhost',
      port,
      secure: false,
      requireTls: true,
      from: 'earshot@site.example',
      to: ['ann@site.example'],
      ca: [pem('ca')],
      ...more,
    },
    2000,
  );

describe('a mail server', () => {
  test('that offers STARTTLS gets the message, encrypted on the way, and its answer is given back', async () => {
    const answer = await messengerTo(await mailServer()).send(message, signal);
    expect(answer).toMatch(/^250 /);
    expect(taken).toMatchObject([{ isSecure: true }]);
    expect(taken[0]?.body).toContain('Subject: Earshot (Site): 1 case is held');
    expect(taken[0]?.body).toContain('Message-ID: <abc123@site.example>');
    expect(taken[0]?.body).toContain('Auto-Submitted: auto-generated');
  });

  test('that speaks TLS from the first byte gets it as well', async () => {
    await messengerTo(await mailServer({ secure: true }), { secure: true }).send(message, signal);
    expect(taken).toMatchObject([{ isSecure: true }]);
  });

  test('that offers no STARTTLS gets nothing, unless that is allowed', async () => {
    const port = await mailServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    await expect(messengerTo(port).send(message, signal)).rejects.toMatchObject({
      code: 'NOTIFICATION_FAILED',
    });
    expect(taken).toEqual([]);
    await messengerTo(port, { requireTls: false }).send(message, signal);
    expect(taken).toMatchObject([{ isSecure: false }]);
  });

  test('whose certificate nobody trusted gets nothing', async () => {
    const port = await mailServer();
    const sending = messengerTo(port, { ca: [pem('stranger')] }).send(message, signal);
    await expect(sending).rejects.toMatchObject({ code: 'NOTIFICATION_FAILED' });
    expect(taken).toEqual([]);
  });

  test('that refuses the login is named with its answer, never with the password', async () => {
    const port = await mailServer({
      authOptional: false,
      onAuth: (_auth, _session, done) => done(new Error('go away')),
    });
    const login = { user: 'ann', password: 'hush-hush-hush' };
    const fault = await messengerTo(port, login)
      .send(message, signal)
      .catch((thrown: Error) => thrown);
    expect(fault).toMatchObject({ code: 'NOTIFICATION_FAILED' });
    expect(String(fault)).toContain('535');
    expect(String(fault)).not.toMatch(/hush|aHVzaC/);
  });

  test('that refuses every recipient took nothing; one of two is told, and not tried again', async () => {
    const port = await mailServer({
      onRcptTo: ({ address }, _session, done) =>
        address.startsWith('nobody') ? done(new Error('no such mailbox')) : done(),
    });
    const nobody = messengerTo(port, { to: ['nobody@site.example'] }).send(message, signal);
    await expect(nobody).rejects.toMatchObject({ code: 'NOTIFICATION_FAILED' });
    const both = messengerTo(port, { to: ['nobody@site.example', 'ann@site.example'] });
    expect(await both.send(message, signal)).toContain('1 of 2 recipients were refused');
  });

  test('that is not there, hangs before its greeting, or outlasts the time given, is a failure', async () => {
    const hanging: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise((resolve) => hanging.close(() => resolve())));
    const { port } = hanging.address() as AddressInfo;
    const failed = { code: 'NOTIFICATION_FAILED' };
    const server = {
      host: '127.0.0.1',
      port,
      secure: false,
      requireTls: true,
      from: 'a@b.example',
      to: ['c@d.example'],
    };
    await expect(mailMessenger(server, 100).send(message, signal)).rejects.toMatchObject(failed);
    await expect(mailMessenger(server, 300).send(message, AbortSignal.timeout(50))).rejects.toMatchObject(
      failed,
    );
    await expect(messengerTo(1).send(message, signal)).rejects.toMatchObject(failed);
  });

  test('sees no header that came by the subject', async () => {
    const hostile = 'x\r\nBcc: thief@example.org\r\nX-Evil: 1';
    await messengerTo(await mailServer()).send({ ...message, subject: hostile }, signal);
    expect(taken[0]?.body.split('\r\n\r\n')[0]).not.toMatch(/^(Bcc|X-Evil):/m);
  });
});
