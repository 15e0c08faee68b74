/** PEERS.md: objects of one SOP Instance UID and different bytes, by C-STORE and STOW-RS at the same time, to a running service. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Alerts } from '../../src/catalogue/alerts.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { metricOf } from '../support/metric.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, sendTo, startService } from '../support/running-service.ts';
import { sha256 } from '../support/sha256.ts';
import { openSite } from '../support/site.ts';
import { stow } from '../support/stow.ts';
import { until } from '../support/until.ts';

let earshot: RunningService;
beforeAll(async () => {
  earshot = await startService({ completeness: { quietPeriodSeconds: 2 } });
}, 60_000);
afterAll(() => earshot[Symbol.asyncDispose]());

const digestOf = (file: Uint8Array): string => sha256(datasetOf(Buffer.from(file)));

/** The same object with another last pixel. */
function otherPixels(file: Uint8Array, which: number): Buffer {
  const other = Buffer.from(file);
  other[other.length - 2] = (other[other.length - 2] ?? 0) ^ which;
  return other;
}

const later = (): string[] => {
  const folder = join(earshot.dataDir, 'later');
  return readdirSync(folder).map((name) => digestOf(readFileSync(join(folder, name))));
};

/** Each over an association and in a request of its own, all at once. */
async function sendAtOnce(files: readonly Uint8Array[]): Promise<void> {
  const requests = files.map((file) => stow([file], { port: earshot.service.httpPort }));
  await Promise.all(files.map((file) => sendTo(earshot.service, [file])));
  for (const { status } of await Promise.all(requests)) expect(status).toBe(200);
}

const here = async (uid: string) => {
  const row = await earshot.service.world.catalogue.instance(uid);
  return [row?.digest, digestOf(readFileSync(join(earshot.dataDir, row?.file ?? '')))];
};

describe('other bytes under a known SOP Instance UID, over associations and requests at once', () => {
  it('are each kept apart once; the first stay, and the case is held, counted and shown until a person decides', async () => {
    const { baseline, followUp } = phantomCase('other-bytes');
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    const first = followUp.ct[3]!;
    const uid = String(readPart10(first)['SOPInstanceUID']);
    const others = [1, 2, 4].map((which) => otherPixels(first, which));
    await sendAtOnce([...others, first]);

    expect(await here(uid)).toEqual([digestOf(first), digestOf(first)]);
    expect(later().sort()).toEqual(others.map(digestOf).sort());
    const { sql } = earshot.service.world.catalogue;
    const apart = await sql.query<{ digest: string }>('SELECT "digest" FROM "conflict"');
    expect(apart.map(({ digest }) => digest).sort()).toEqual(others.map(digestOf).sort());

    const { StudyInstanceUID } = followUp;
    await earshot.inState(StudyInstanceUID, 'held');
    expect(await earshot.reasons(StudyInstanceUID)).toEqual(['INSTANCE_CONFLICT']);
    expect(earshot.arrived(StudyInstanceUID)).toEqual([]);
    // What notifications tell of.
    expect(await new Alerts(sql).heldCases()).toMatchObject([
      { StudyInstanceUID, codes: ['INSTANCE_CONFLICT'] },
    ]);
    const metrics = await (await fetch(`http://127.0.0.1:${earshot.service.httpPort}/metrics`)).text();
    expect(metricOf(metrics, 'earshot_cases{state="held"}')).toBe(1);
    // Each three came twice.
    expect(metricOf(metrics, 'earshot_instances_received_total{result="conflict"}')).toBe(6);
    const site = await openSite({ dataDir: earshot.dataDir, httpPort: earshot.service.httpPort });
    const page = await (await site.call(`/cases/${StudyInstanceUID}`, { as: 'viewer' })).text();
    expect(page).toContain('Other bytes arrived under a known SOP Instance UID of this study.');
  });

  it('that nobody knew before: one of them is the instance, and every other that was acknowledged lies apart', async () => {
    const before = new Set(later());
    const slice = ctSlice({ study: '2.25.910', size: 32 });
    const all = [slice, ...[1, 2, 4, 8].map((which) => otherPixels(slice, which))];
    await sendAtOnce(all);
    const [digest, inFile] = await here('2.25.910.2.1');
    expect(inFile).toBe(digest);
    const apart = later().filter((each) => !before.has(each));
    expect([digest, ...apart].sort()).toEqual(all.map(digestOf).sort());
    await until('a reason', async () =>
      (await earshot.reasons('2.25.910')).includes('INSTANCE_CONFLICT') ? true : undefined,
    );
  });
});
