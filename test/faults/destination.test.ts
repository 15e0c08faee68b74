/**
 * PEERS.md sections 2 and 3: a destination, and an archive that priors come from, that are down, slow, deaf, or break off. Hours are
 * compressed: the clock of the service runs 360 times as fast. EARSHOT_CASES: how many cases wait for the destinations (default 2, the
 * long form 60).
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { DeliveryRow } from '../../src/catalogue/rows.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { retryDeadLetters } from '../../src/pipeline/dead-letters.ts';
import { holding, sending, serviceWithArchives } from '../support/case-with-archives.ts';
import { type LinkFault, startFaultyLink } from '../support/faulty-link.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type RunningService, startPacs, startService } from '../support/running-service.ts';
import { type ScriptedWebArchive, startScriptedWebArchive, stored } from '../support/scripted-web-archive.ts';
import { until } from '../support/until.ts';

const CASES = Number(process.env['EARSHOT_CASES'] ?? 2);
const SPEED = 360;
const HOUR_MS = 3_600_000;
/** Tries at 0, 5, 15, 35 and 55 minutes: fewer than half of the sweeps that there are in a compressed hour. */
const PAUSES = { firstPauseSeconds: 300, maxPauseSeconds: 1200 };
const MOST_TRIES_AN_HOUR = 5;

const SCANNER = { name: 'scanner', aeTitle: PACS, roles: ['source'] };
const dimse = (port: number) => ({
  ...{ name: 'dimse', aeTitle: PACS, host: '127.0.0.1', port },
  roles: ['destination'],
});
const web = (port: number) => ({
  name: 'web',
  dicomWeb: `http://127.0.0.1:${port}/dicom-web`,
  roles: ['destination'],
});

async function sendCase(service: RunningService, name: string): Promise<string> {
  const { baseline, followUp } = phantomCase(name);
  await service.send(baseline.all);
  await service.send(followUp.all);
  return followUp.StudyInstanceUID;
}

const rowsOf = async (service: RunningService, study: string): Promise<Record<string, DeliveryRow>> =>
  Object.fromEntries(
    (await service.service.world.reports.deliveriesOf(study)).map((row) => [row.destination, row]),
  );

/** SOP Instance UIDs of what came by STOW-RS, in the order of arrival. */
function storedByWeb({ requests }: ScriptedWebArchive): string[] {
  return requests.flatMap(({ body }) => {
    const at = body.indexOf('DICM');
    const end = body.lastIndexOf('\r\n--');
    return at < 128 ? [] : [String(readPart10(body.subarray(at - 128, end))['SOPInstanceUID'])];
  });
}

/** The clock has gone on for so long, at its speed of now. For how long it went on: longer where the machine is busy. */
async function clockPasses(clock: () => Date, milliseconds: number): Promise<number> {
  const from = clock().getTime();
  while (clock().getTime() < from + milliseconds) await pause(50);
  return clock().getTime() - from;
}

const mostTriesIn = (milliseconds: number): number =>
  MOST_TRIES_AN_HOUR + Math.ceil(Math.max(0, milliseconds - HOUR_MS) / (1000 * PAUSES.maxPauseSeconds));

const takesAll = () => startScriptedWebArchive(() => ({ status: 200, body: stored() }));

describe.concurrent('destinations that are down for an hour', () => {
  it(
    `get each of ${CASES} reports once when they are back, after no more tries than their pauses allow`,
    async () => {
      const { clock, goAtSpeed } = hastyClock();
      await using ends = await startEnds();
      const { pacs, archive } = ends;
      await using service = await startService(
        {
          nodes: [SCANNER, dimse(ends.dimsePort), web(ends.webPort)],
          delivery: { ...PAUSES, timeoutSeconds: 5 },
        },
        clock,
      );
      const studies: string[] = [];
      for (let at = 0; at < CASES; at++) studies.push(await sendCase(service, `down-${at}`));
      for (const study of studies) await service.inState(study, 'delivering', 60_000);
      goAtSpeed(SPEED);
      const passed = await clockPasses(clock, HOUR_MS);
      for (const study of studies)
        for (const row of Object.values(await rowsOf(service, study))) {
          expect(row).toMatchObject({ state: 'waiting', fault: 'PEER_UNREACHABLE', refusals: 0 });
          expect(row.attempts).toBeGreaterThan(2);
          expect(row.attempts).toBeLessThanOrEqual(mostTriesIn(passed));
        }

      ends.comeBack();
      for (const study of studies) await service.inState(study, 'delivered');
      await clockPasses(clock, HOUR_MS / 6);
      const made = await Promise.all(studies.map((study) => service.service.world.reports.of(study)));
      const uids = made.flat().map(({ SOPInstanceUID }) => SOPInstanceUID);
      expect(uids).toHaveLength(CASES);
      expect(pacs.reports.map(({ SOPInstanceUID }) => SOPInstanceUID).sort()).toEqual([...uids].sort());
      expect(storedByWeb(archive).sort()).toEqual([...uids].sort());
    },
    60_000 + CASES * 8000,
  );

  it('that are given up on are dead letters, listed and counted, and take their report once after a retry', async () => {
    const { clock, goAtSpeed } = hastyClock();
    await using ends = await startEnds();
    const { pacs, archive } = ends;
    await using service = await startService(
      {
        nodes: [SCANNER, dimse(ends.dimsePort), web(ends.webPort)],
        delivery: { timeoutSeconds: 5, maxAttempts: 3 },
      },
      clock,
    );
    const study = await sendCase(service, 'given-up-after-an-hour');
    await service.inState(study, 'delivering');
    goAtSpeed(SPEED);
    await service.inState(study, 'deliveryFailed');
    const { world, httpPort } = service.service;
    const letters = await world.reports.deadLetters();
    expect(letters.map(({ destination }) => destination).sort()).toEqual(['dimse', 'web']);
    for (const letter of letters)
      expect(letter).toMatchObject({ StudyInstanceUID: study, attempts: 3, fault: 'PEER_UNREACHABLE' });
    const metrics = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
    for (const name of ['dimse', 'web'])
      expect(metrics).toContain(`earshot_delivery_attempts_total{destination="${name}",result="gaveUp"} 1`);
    expect(metrics).toContain('earshot_cases{state="deliveryFailed"} 1');

    // Given up is given up: nothing is tried by itself.
    ends.comeBack();
    await clockPasses(clock, HOUR_MS / 6);
    expect([pacs.reports.length, archive.requests.length]).toEqual([0, 0]);
    expect(await retryDeadLetters(world, { author: 'a person' })).toHaveLength(2);
    await service.inState(study, 'delivered');
    expect(pacs.reports).toHaveLength(1);
    expect(storedByWeb(archive)).toEqual(pacs.reports.map(({ SOPInstanceUID }) => SOPInstanceUID));
    expect(await world.reports.deadLetters()).toEqual([]);
  });
});

/** Both kinds of destination, at whose doors every caller is refused until they come back: the ports are theirs all the time. */
async function startEnds() {
  let isDown = true;
  const script = (): LinkFault => (isDown ? 'refuse' : 'pass');
  const [pacs, archive] = [await startPacs(), await takesAll()];
  const dimseLink = await startFaultyLink(pacs.port, script);
  const webLink = await startFaultyLink(Number(new URL(archive.url).port), script);
  return {
    pacs,
    archive,
    dimsePort: dimseLink.port,
    webPort: webLink.port,
    comeBack: () => {
      isDown = false;
    },
    [Symbol.asyncDispose]: async () => {
      for (const one of [dimseLink, webLink, pacs, archive]) await one[Symbol.asyncDispose]();
    },
  };
}

describe('a line to a destination that breaks', () => {
  const faults: readonly LinkFault[] = [
    ...(['refuse', 'cutInTransfer', 'hold', 'loseAnswer', 'tooLate', 'trickle', 'slow'] as const),
  ];
  /** After the last fault it is taken; on a busy machine that may take longer than is waited. */
  const mostTries = faults.length + 4;

  it('in every way, one after the other: the report arrives whole and under one UID, after a bounded number of tries', async () => {
    const inTurn = (connection: number): LinkFault => faults[connection - 1] ?? 'pass';
    await using pacs = await startPacs();
    await using archive = await takesAll();
    await using dimseLink = await startFaultyLink(pacs.port, inTurn);
    await using webLink = await startFaultyLink(Number(new URL(archive.url).port), inTurn);
    await using service = await startService({
      nodes: [SCANNER, dimse(dimseLink.port), web(webLink.port)],
      delivery: { firstPauseSeconds: 0.05, maxPauseSeconds: 0.1, timeoutSeconds: 1.5 },
    });
    const study = await sendCase(service, 'broken-lines');
    await service.inState(study, 'delivered', 40_000);
    const [report] = await service.service.world.reports.of(study);
    const rows = await rowsOf(service, study);
    for (const uids of [pacs.reports.map(({ SOPInstanceUID }) => SOPInstanceUID), storedByWeb(archive)]) {
      expect(new Set(uids)).toEqual(new Set([report!.SOPInstanceUID]));
      // Where the answer was lost or late it came, and comes again.
      expect(uids.length).toBeGreaterThan(2);
      expect(uids.length).toBeLessThan(mostTries);
    }
    const told = (await service.service.world.catalogue.eventsOf(study)).flatMap(({ kind, detail }) => {
      const { destination, fault } = detail as { destination: string; fault: string };
      return kind === 'delivery.waiting' ? [{ destination, fault }] : [];
    });
    for (const name of ['dimse', 'web']) {
      expect(rows[name], name).toMatchObject({ state: 'delivered', refusals: 0 });
      expect(rows[name]?.attempts).toBeLessThanOrEqual(mostTries);
      const why = new Set(told.filter(({ destination }) => destination === name).map(({ fault }) => fault));
      expect(why).toEqual(new Set(['PEER_UNREACHABLE', 'PEER_TIMEOUT']));
    }
  });
});

describe.concurrent('an archive that priors come from', () => {
  it('that is down for an hour is asked as its pauses allow, and the case is scored with its prior when it is back', async () => {
    const { clock, goAtSpeed } = hastyClock();
    const phantom = phantomCase('archive-down');
    let isDown = true;
    await using it = await serviceWithArchives(
      [
        (send) => ({
          find: (keys) => {
            if (isDown) return 'close';
            // What arrives becomes quiet by a clock that goes as any other.
            goAtSpeed(1);
            return holding(phantom)(keys);
          },
          move: sending(phantom, send),
        }),
      ],
      { priors: { ...PAUSES, queryTimeoutSeconds: 2, arrivalSeconds: 2 } },
      clock,
    );
    const { StudyInstanceUID } = phantom.followUp;
    await it.earshot.send(phantom.followUp.all);
    await it.earshot.inState(StudyInstanceUID, 'waitingForBaseline');
    goAtSpeed(SPEED);
    const passed = await clockPasses(clock, HOUR_MS);
    const asked = it.archives[0]!.finds.length;
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThanOrEqual(mostTriesIn(passed) + 1);
    expect((await it.earshot.service.world.catalogue.study(StudyInstanceUID))?.state).toBe(
      'waitingForBaseline',
    );
    isDown = false;
    const { decision } = await it.earshot.inState(StudyInstanceUID, 'delivered', 60_000);
    expect(decision).toMatchObject({ baseline: phantom.baseline.StudyInstanceUID });
    expect(it.earshot.arrived(StudyInstanceUID)).toHaveLength(1);
  });

  it('by DICOMweb that answers 503, breaks off and is deaf for an hour is asked on, and believed when it answers', async () => {
    const { clock, goAtSpeed } = hastyClock();
    let [isDown, asked] = [true, 0];
    const server = createServer((_request, response) => {
      asked += 1;
      if (!isDown) response.writeHead(204).end();
      else if (asked % 3 === 0) response.writeHead(503).end();
      else if (asked % 3 === 1) response.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await using service = await startService(
      {
        nodes: [SCANNER, { name: 'web', dicomWeb: `http://127.0.0.1:${port}/dicom-web`, roles: ['archive'] }],
        priors: { ...PAUSES, queryTimeoutSeconds: 0.5 },
      },
      clock,
    );
    const { followUp } = phantomCase('web-archive-down');
    await service.send(followUp.all);
    await service.inState(followUp.StudyInstanceUID, 'waitingForBaseline');
    goAtSpeed(SPEED);
    const passed = await clockPasses(clock, HOUR_MS);
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThanOrEqual(mostTriesIn(passed) + 1);
    const { fetches } = service.service.world.priors!;
    expect((await fetches.of(followUp.StudyInstanceUID))?.answeredAt).toBeNull();
    isDown = false;
    await until('the answer', async () =>
      (await fetches.of(followUp.StudyInstanceUID))?.answeredAt ? true : undefined,
    );
    expect(await service.reasons(followUp.StudyInstanceUID)).toContain('BASELINE_MISSING');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
