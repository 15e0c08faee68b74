/** One case with one report on its way to one destination: a real catalogue, and files in a folder of their own. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localLeases } from '../../../adapters/database/local-leases.ts';
import { openEmbeddedQueue } from '../../../adapters/queue/embedded.ts';
import { NodeRequests } from '../../../src/catalogue/node-requests.ts';
import type { DeliveryRow } from '../../../src/catalogue/rows.ts';
import { Fault } from '../../../src/fault.ts';
import { deliver, deliveryKey } from '../../../src/pipeline/deliver.ts';
import { createPace } from '../../../src/pipeline/node-pace.ts';
import { createSlots } from '../../../src/pipeline/slots.ts';
import type { Destination } from '../../../src/ports.ts';
import type { StudyState } from '../../../src/study/lifecycle.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { keptLog } from '../../support/log.ts';
import { silentMeter } from '../../support/silent-meter.ts';
import { add, openedCatalogue, STUDY } from '../catalogue/opened.ts';

export const REPORT = '2.25.100';
export const REPORT_SERIES = '2.25.101';
export const DELIVERY = {
  firstPauseSeconds: 10,
  maxPauseSeconds: 60,
  maxAttempts: 100,
  maxRefusals: 3,
  confirmWithinSeconds: 600,
  timeoutSeconds: 60,
};
const never = new AbortController().signal;

export async function deliveryWorld(
  destinations: readonly Destination[],
  delivery: Partial<Record<string, number>> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-deliver-'));
  await writeFile(join(folder, 'report.dcm'), ctSlice({ size: 8 }));
  const opened = await openedCatalogue();
  const { catalogue, reports, renditions, confirmations, patients, clock } = opened;
  await add(opened, '2.25.10');
  const report = {
    SOPInstanceUID: REPORT,
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
    SeriesInstanceUID: REPORT_SERIES,
    StudyInstanceUID: STUDY,
    file: 'report.dcm',
    digest: 'd',
    inputs: 'i',
    result: {},
    ContentDate: '20260101',
    kind: 'sr',
    language: 'en',
    companionOf: null,
    heldBecause: null,
    due: null,
  } as const;
  const names = destinations.map(({ name }) => name);
  await catalogue.move((await catalogue.study(STUDY))!, { state: 'reported' }, reports.adding(report, names));
  const log = keptLog();
  const world = {
    catalogue,
    reports,
    renditions,
    confirmations,
    patients,
    enrolment: 'all' as const,
    clock,
    log,
    files: { regular: async (file: string) => join(folder, file) } as never,
    destinations: new Map(destinations.map((each) => [each.name, each])),
    whyAway: (name: string) =>
      names.includes(name) ? undefined : new Fault('NODE_UNKNOWN', 'the node is no longer configured'),
    meter: silentMeter,
    queue: await openEmbeddedQueue({ sql: opened.sql, clock, log }),
    delivery: { ...DELIVERY, ...delivery },
    slots: createSlots(localLeases(), 2),
    pace: createPace([], new NodeRequests(opened.sql)),
    isStoring: async () => false,
    quietPeriodSeconds: 30,
    expireDays: 14,
  };
  const row = async (destination = names[0]!): Promise<DeliveryRow> =>
    (await reports.delivery(REPORT, destination))!;
  return {
    opened,
    world,
    file: (name: string) => join(folder, name),
    row,
    state: async (): Promise<StudyState | undefined> => (await catalogue.study(STUDY))?.state,
    events: async () => (await catalogue.eventsOf(STUDY)).map(({ kind }) => kind).slice(1),
    /** One look when it is due. */
    async tryOnce(destination = names[0]!): Promise<DeliveryRow> {
      opened.tick(Math.max(0, (await row(destination)).nextAttemptAt.getTime() - clock().getTime()));
      const key = deliveryKey({ SOPInstanceUID: REPORT, destination });
      await deliver(world, { kind: 'deliver', key }, never);
      return row(destination);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
