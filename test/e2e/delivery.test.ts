import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeliveryRow } from '../../src/catalogue/rows.ts';
import { freePort } from '../support/free-port.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type RunningService, startPacs, startService } from '../support/running-service.ts';
import { type Reply, startScriptedArchive } from '../support/scripted-archive.ts';
import {
  notStored,
  startScriptedWebArchive,
  stored,
  type WebReply,
} from '../support/scripted-web-archive.ts';
import { until } from '../support/until.ts';

const SENDER = { name: 'scanner', aeTitle: PACS, roles: ['source'] };
const destination = (name: string, port: number) => ({
  name,
  aeTitle: PACS,
  host: '127.0.0.1',
  port,
  roles: ['destination'],
});
const webDestination = (name: string, dicomWeb: string) => ({ name, dicomWeb, roles: ['destination'] });

/** The first answers in turn, then the last one for ever. */
const inTurn =
  <Answer>(...answers: readonly Answer[]) =>
  (attempt: number): Answer =>
    answers[Math.min(attempt, answers.length) - 1]!;

async function sendCase(earshot: RunningService, name: string): Promise<string> {
  const { baseline, followUp } = phantomCase(name);
  await earshot.send(baseline.all);
  await earshot.send(followUp.all);
  return followUp.StudyInstanceUID;
}

async function deliveriesOf(earshot: RunningService, study: string): Promise<Record<string, DeliveryRow>> {
  const rows = await earshot.service.world.reports.deliveriesOf(study);
  return Object.fromEntries(rows.map((row) => [row.destination, row]));
}

/** Faults of the tries that failed, in order, by destination: from the story of the case. */
async function failures(earshot: RunningService, study: string): Promise<Record<string, string[]>> {
  const byDestination = new Map<string, string[]>();
  for (const { kind, detail } of await earshot.service.world.catalogue.eventsOf(study)) {
    const { destination: name, fault } = detail as { destination: string; fault: string };
    if (kind !== 'delivery.waiting' && kind !== 'delivery.gaveUp') continue;
    byDestination.set(name, [...(byDestination.get(name) ?? []), fault]);
  }
  return Object.fromEntries(byDestination);
}

describe('a report on its way to its destinations', () => {
  // What libraries print is not structured, and may name patients: nothing goes to the console but by the log.
  const printer = Reflect.get(globalThis, 'console') as Console;
  const printed = (['log', 'info', 'debug', 'warn', 'error'] as const).map((name) => vi.spyOn(printer, name));
  beforeEach(() => {
    for (const spy of printed) spy.mockClear();
  });
  afterEach(() => {
    for (const { mock } of printed) expect(mock.calls).toEqual([]);
  });

  it('reaches each of them in the end, whatever they answered before, and keeps the answer of each', async () => {
    const downPort = await freePort();
    const ok: Reply = { status: 0x0000 };
    await using busy = await startScriptedArchive(
      inTurn<Reply>({ status: 0xa700, comment: 'disk full' }, ok),
    );
    await using warning = await startScriptedArchive(() => ({ status: 0xb000, comment: 'coerced a name' }));
    await using known = await startScriptedArchive(() => ({ status: 0x0111 }));
    await using slow = await startScriptedArchive(inTurn<Reply>('silent', ok));
    await using web = await startScriptedWebArchive(() => ({ status: 200, body: stored() }));
    await using webWarning = await startScriptedWebArchive(() => ({ status: 202, body: stored(0xb000) }));
    await using webBusy = await startScriptedWebArchive(inTurn<WebReply>({ status: 503 }, { status: 200 }));
    await using earshot = await startService({
      nodes: [
        SENDER,
        destination('down', downPort),
        destination('busy', busy.port),
        destination('warning', warning.port),
        destination('known', known.port),
        destination('slow', slow.port),
        webDestination('web', web.url),
        webDestination('web-warning', webWarning.url),
        webDestination('web-busy', webBusy.url),
      ],
      delivery: { firstPauseSeconds: 0.05, maxPauseSeconds: 0.1, timeoutSeconds: 1 },
    });
    const study = await sendCase(earshot, 'delivered-in-the-end');
    await until('two tries at a destination that is down', async () => {
      const { down } = await deliveriesOf(earshot, study);
      return (down?.attempts ?? 0) >= 2 || undefined;
    });
    await earshot.inState(study, 'delivering');
    await using up = await startPacs(downPort);
    await earshot.inState(study, 'delivered');

    const rows = await deliveriesOf(earshot, study);
    expect(Object.values(rows).map(({ state }) => state)).toEqual(Array(8).fill('delivered'));
    expect(Object.values(rows).map(({ fault }) => fault)).toEqual(Array(8).fill(null));
    expect(rows['busy']).toMatchObject({ status: 0x0000, warning: false, refusals: 0, attempts: 2 });
    expect(rows['warning']).toMatchObject({ status: 0xb000, comment: 'coerced a name', warning: true });
    expect(rows['known']).toMatchObject({ status: 0x0111, warning: false });
    expect(rows['web']).toMatchObject({ status: 200, warning: false });
    expect(rows['web-warning']).toMatchObject({ status: 202, warning: true, comment: 'warning 0xB000' });
    const failed = await failures(earshot, study);
    expect(new Set(failed['down'])).toEqual(new Set(['PEER_UNREACHABLE']));
    expect(failed['busy']).toEqual(['PEER_BUSY']);
    expect(failed['slow']).toEqual(['PEER_TIMEOUT']);
    expect(failed['web-busy']).toEqual(['PEER_BUSY']);
    expect(warning.attempts()).toBe(1);

    // What was handed over is the file that was made: by C-STORE as a dataset, by STOW-RS as one part.
    expect(up.reports).toHaveLength(1);
    const [made] = await earshot.service.world.reports.of(study);
    const [request] = web.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/dicom-web/studies' });
    expect(request!.contentType).toMatch(/^multipart\/related; *type="application\/dicom"/);
    const file = readFileSync(earshot.service.world.files.absolute(made!.file));
    expect(request!.body.includes(file)).toBe(true);
  });

  it('is given up where it is refused or never taken, delivered elsewhere, and the peers’ words are kept', async () => {
    await using refusing = await startScriptedArchive(() => ({ status: 0xa900, comment: 'no SR here' }));
    await using webRefusing = await startScriptedWebArchive(() => ({ status: 409, body: notStored(0xa900) }));
    await using pacs = await startPacs();
    await using earshot = await startService({
      nodes: [
        SENDER,
        destination('refusing', refusing.port),
        destination('gone', await freePort()),
        destination('pacs', pacs.port),
        webDestination('web-refusing', webRefusing.url),
        webDestination('web-gone', `http://127.0.0.1:${await freePort()}/dicom-web`),
      ],
      delivery: {
        firstPauseSeconds: 0.05,
        maxPauseSeconds: 0.1,
        timeoutSeconds: 1,
        maxRefusals: 2,
        maxAttempts: 3,
      },
    });
    const study = await sendCase(earshot, 'given-up');
    const { reasons } = await earshot.inState(study, 'deliveryFailed');
    const rows = await deliveriesOf(earshot, study);
    expect(rows['pacs']).toMatchObject({ state: 'delivered', status: 0 });
    expect(pacs.reports).toHaveLength(1);
    expect(rows['refusing']).toMatchObject({ state: 'gaveUp', fault: 'PEER_REFUSED', refusals: 2 });
    expect(rows['refusing']!.comment).toBe('status 0xA900, no SR here');
    expect(refusing.attempts()).toBe(2);
    expect(rows['gone']).toMatchObject({
      state: 'gaveUp',
      fault: 'PEER_UNREACHABLE',
      attempts: 3,
      refusals: 0,
    });
    expect(rows['web-refusing']).toMatchObject({ state: 'gaveUp', fault: 'PEER_REFUSED' });
    expect(rows['web-refusing']!.comment).toBe('HTTP 409, reason 0xA900');
    expect(rows['web-gone']).toMatchObject({ state: 'gaveUp', comment: 'ECONNREFUSED' });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]!.text).toMatch(/^(refusing|gone|web-refusing|web-gone): /);
  });

  it('has the form that each destination takes: its own choice, or the other SR class where one is refused', async () => {
    const [SR, SR_3D] = ['1.2.840.10008.5.1.4.1.1.88.33', '1.2.840.10008.5.1.4.1.1.88.34'];
    await using pacs = await startPacs();
    await using noContext = await startScriptedArchive(() => ({ status: 0 }), { refuses: [SR!] });
    await using mismatch = await startScriptedArchive(inTurn<Reply>({ status: 0xa900 }, { status: 0 }));
    await using strict = await startScriptedArchive(() => ({ status: 0 }), { refuses: [SR!] });
    await using web = await startScriptedWebArchive(
      inTurn<WebReply>({ status: 409, body: notStored(0xc000) }, { status: 200, body: stored() }),
    );
    const fallback = 'otherSrClass';
    await using earshot = await startService({
      nodes: [
        SENDER,
        { ...destination('pacs', pacs.port), srSopClass: 'comprehensive3d' },
        { ...destination('no-context', noContext.port), fallback },
        { ...destination('mismatch', mismatch.port), fallback },
        { ...webDestination('web', web.url), fallback },
        destination('strict', strict.port),
      ],
      delivery: { firstPauseSeconds: 0.05, maxPauseSeconds: 0.1, maxRefusals: 2 },
    });
    const study = await sendCase(earshot, 'forms');
    await earshot.inState(study, 'deliveryFailed');
    const rows = await deliveriesOf(earshot, study);
    expect(rows['strict']).toMatchObject({ state: 'gaveUp', fault: 'PEER_NO_CONTEXT' });
    expect([noContext.attempts(), mismatch.attempts(), strict.attempts()]).toEqual([1, 2, 0]);
    const [report] = await earshot.service.world.reports.of(study);
    const [other] = await earshot.service.world.renditions.of(report!.SOPInstanceUID);
    expect([report!.SOPClassUID, other!.SOPClassUID]).toEqual([SR, SR_3D]);
    expect(other!.SOPInstanceUID).not.toBe(report!.SOPInstanceUID);
    expect(earshot.service.world.destinations.size).toBe(5);
    expect(pacs.reports.map(({ SOPInstanceUID }) => SOPInstanceUID)).toEqual([other!.SOPInstanceUID]);
    const events = await earshot.service.world.catalogue.eventsOf(study);
    const sent = events.filter(({ kind }) => kind === 'delivery.delivered').map(({ detail }) => detail);
    for (const name of ['pacs', 'no-context', 'mismatch', 'web']) {
      expect(rows[name], name).toMatchObject({ state: 'delivered', attempts: 1, refusals: 0 });
      const told = { destination: name, SOPClassUID: SR_3D, SOPInstanceUID: other!.SOPInstanceUID };
      expect(sent, name).toContainEqual(expect.objectContaining(told));
    }
  });

  it('goes to the stand-in of a node in test mode, and never to a node that is off', async () => {
    await using live = await startScriptedArchive(() => ({ status: 0 }));
    await using off = await startScriptedArchive(() => ({ status: 0 }));
    await using standIn = await startPacs();
    await using earshot = await startService({
      nodes: [
        SENDER,
        { ...destination('live', live.port), mode: 'test', testNode: 'stand-in' },
        { ...destination('off', off.port), mode: 'off' },
        { ...destination('stand-in', standIn.port), roles: ['annotator'] },
      ],
    });
    const study = await sendCase(earshot, 'test-mode');
    await earshot.inState(study, 'delivered');
    expect(Object.keys(await deliveriesOf(earshot, study))).toEqual(['stand-in']);
    expect(standIn.reports).toHaveLength(1);
    expect([live.attempts(), off.attempts()]).toEqual([0, 0]);
  });

  it('stays with its case when there is nowhere to send it: reported, not delivered', async () => {
    await using earshot = await startService({ nodes: [SENDER] });
    const study = await sendCase(earshot, 'no-destination');
    await earshot.inState(study, 'reported');
    await new Promise((done) => setTimeout(done, 1200));
    expect((await earshot.service.world.catalogue.study(study))?.state).toBe('reported');
    expect(await earshot.service.world.reports.of(study)).toHaveLength(1);
  });
});
