import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { PACS, type RunningService, sendTo, startService } from '../support/running-service.ts';
import { stow } from '../support/stow.ts';
import { until } from '../support/until.ts';

const slices = (count: number) =>
  Array.from({ length: count }, (_, index) => ctSlice({ study: '2.25.88', index: index + 1, size: 128 }));

describe('a service that is told to stop', () => {
  let running: RunningService;
  beforeEach(async () => {
    running = await startService({
      completeness: { quietPeriodSeconds: 60 },
      dimse: { host: '127.0.0.1', port: 0, drainSeconds: 20 },
    });
  });
  afterEach(() => running[Symbol.asyncDispose]());

  const readiness = async () => (await fetch(`http://127.0.0.1:${running.service.httpPort}/readyz`)).status;

  test('takes what is being sent to its end, and nothing new', async () => {
    const node = {
      name: 'earshot',
      host: '127.0.0.1',
      port: running.service.dimsePort,
      aeTitle: 'EARSHOT',
      roles: [],
    };
    let answered = 0;
    const sending = sendFiles(node, slices(600), {
      callingAeTitle: PACS,
      onAnswer: (count) => {
        answered = count;
      },
    });
    await until('some answers', async () => answered > 5 || undefined, { everyMs: 1 });
    expect(await readiness()).toBe(200);
    const draining = running.service.drain();
    expect(answered).toBeLessThan(600);
    await expect(sendTo(running.service, slices(1))).rejects.toThrow();
    expect(await readiness()).toBe(503);
    const refused = await stow(slices(1), { port: running.service.httpPort });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    const answers = await sending;
    expect(answers.map(({ status }) => status)).toEqual(Array(600).fill(0));
    await draining;
  });

  test('does not wait for who only holds a connection open', async () => {
    const socket = connect(running.service.dimsePort, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const started = performance.now();
    await running.service.drain();
    expect(performance.now() - started).toBeLessThan(10_000);
    socket.destroy();
  });
});
