import { describe, expect, it } from 'vitest';
import { dicomWebDestination } from '../../adapters/dicomweb/destination.ts';
import { dimseDestination } from '../../adapters/dimse/destination.ts';
import { takeCommitment } from '../../src/pipeline/confirm.ts';
import type { Destination, Node } from '../../src/ports.ts';
import { configSchema } from '../../src/startup/config.ts';
import { isNode } from '../../src/startup/entrance.ts';
import { type Services, startScriptedArchive } from '../support/scripted-archive.ts';
import {
  attribute,
  resultDataset,
  STORAGE_COMMITMENT,
  transactionIn,
  valueIn,
} from '../support/scripted-commitment.ts';
import { startScriptedWebArchive } from '../support/scripted-web-archive.ts';
import { STUDY } from '../unit/catalogue/opened.ts';
import { deliveryWorld, REPORT, REPORT_SERIES } from '../unit/pipeline/delivery-world.ts';

const STUDY_ROOT_FIND = '1.2.840.10008.5.1.4.1.2.2.1';

const NODE = { host: '127.0.0.1', port: 104, roles: ['destination'], confirm: 'commitment' };

function dimse(port: number, confirm: Node['confirm']): Destination {
  const node = { name: 'pacs', roles: [], host: '127.0.0.1', port, aeTitle: 'PACS', confirm } as const;
  return dimseDestination(node, { callingAeTitle: 'EARSHOT', timeoutSeconds: 5 });
}
const archive = (services: Services) => startScriptedArchive(() => ({ status: 0 }), services);

const ui = (value: string) => Buffer.from(value.length % 2 === 0 ? value : `${value}\0`, 'latin1');
const match = (uid: string, series = REPORT_SERIES) =>
  Buffer.concat([attribute(0x0008, 0x0018, ui(uid)), attribute(0x0020, 0x000e, ui(series))]);

/** Takes each request for a storage commitment, notes its Transaction UID, and brings no result. */
const noting = (asked: string[]): Services => ({
  action: (dataset) => {
    asked.push(transactionIn(dataset));
    return { status: 0 };
  },
});

describe('a receiver that says 0x0000 and does not keep the object (dicoogle#721): storage commitment', () => {
  it('on the same association proves the delivery (PS3.4 J.3.3)', async () => {
    const answers: number[] = [];
    await using pacs = await archive({
      action: (dataset) => ({
        status: 0,
        events: [resultDataset({ TransactionUID: transactionIn(dataset), committed: [REPORT] })],
      }),
      onEventAnswer: (status) => answers.push(status),
    });
    await using one = await deliveryWorld([dimse(pacs.port, 'commitment')]);
    expect(await one.tryOnce()).toMatchObject({ state: 'taken', status: 0, attempts: 1 });
    expect(await one.state()).toBe('delivering');
    expect(await one.tryOnce()).toMatchObject({ state: 'delivered', fault: null, attempts: 1 });
    expect(await one.state()).toBe('delivered');
    expect(await one.world.confirmations.last(await one.row())).toMatchObject({ kind: 'commitment' });
    expect(await one.events()).toEqual([
      'state.delivering',
      'delivery.taken',
      'delivery.confirmed',
      'delivery.delivered',
      'state.delivered',
    ]);
    await expect.poll(() => answers).toEqual([0x0000]);
  });

  it('on a later association proves it, whatever else names no transaction of ours', async () => {
    const asked: string[] = [];
    await using pacs = await archive(noting(asked));
    await using one = await deliveryWorld([dimse(pacs.port, 'commitment')]);
    await one.tryOnce();
    expect(await one.tryOnce()).toMatchObject({ state: 'taken' });
    await takeCommitment(one.world, { TransactionUID: '2.25.999', committed: [REPORT], failed: [] });
    expect(await one.row()).toMatchObject({ state: 'taken' });
    const TransactionUID = asked[0]!;
    await takeCommitment(one.world, { TransactionUID, committed: [REPORT], failed: [] });
    expect(await one.row()).toMatchObject({ state: 'delivered' });
    await takeCommitment(one.world, {
      TransactionUID,
      committed: [],
      failed: [{ SOPInstanceUID: REPORT, FailureReason: 0x0112 }],
    });
    expect(await one.state()).toBe('delivered');
  });

  it.each([0xa700, 0x0110, 0x0213])(
    'asked of a peer that says 0x%s, as one does that is busy, is asked for again: it offers it all the same',
    async (status) => {
      let isBusy = true;
      const busy = { status, matches: [] };
      await using pacs = await archive({
        action: (dataset) =>
          isBusy
            ? busy
            : {
                status: 0,
                events: [resultDataset({ TransactionUID: transactionIn(dataset), committed: [REPORT] })],
              },
        find: () => (isBusy ? busy : { status: 0, matches: [match(REPORT)] }),
      });
      for (const confirm of ['auto', 'commitment', 'readBack'] as const) {
        isBusy = true;
        const destination = dimse(pacs.port, confirm);
        const request = {
          SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
          SOPInstanceUID: REPORT,
          SeriesInstanceUID: REPORT_SERIES,
          StudyInstanceUID: STUDY,
          TransactionUID: '2.25.5',
        };
        const asked = () => destination.prove?.(request, new AbortController().signal);
        await expect(asked()).rejects.toMatchObject({ code: 'PEER_BUSY' });
        isBusy = false;
        expect((await asked())?.kind).toBe(confirm === 'readBack' ? 'readBack' : 'commitment');
      }
    },
  );

  it('that another node brings is not believed, and is counted', async () => {
    const asked: string[] = [];
    await using pacs = await archive(noting(asked));
    await using one = await deliveryWorld([dimse(pacs.port, 'commitment')]);
    await one.tryOnce();
    await one.tryOnce();
    const [{ destination }, disbelieved] = [await one.row(), [] as string[]];
    const { meter } = one.world;
    const world = {
      ...one.world,
      meter: { ...meter, disbelieved: (name: string) => disbelieved.push(name) },
    };
    const config = configSchema.parse({
      nodes: [
        { ...NODE, name: destination, aeTitle: 'PACS', addresses: ['10.0.0.1'] },
        { ...NODE, name: 'other', aeTitle: 'OTHER', host: '10.0.0.9' },
        { ...NODE, name: 'query', aeTitle: 'PACS_QR' },
      ],
    });
    const result = { TransactionUID: asked[0]!, committed: [REPORT], failed: [] };
    const brings = (callingAeTitle: string, address: string) =>
      takeCommitment(world, result, (name) =>
        isNode(config, { callingAeTitle, calledAeTitle: 'EARSHOT', address }, name),
      );
    await brings('OTHER', '10.0.0.1');
    await brings('PACS', '10.0.0.2');
    expect(disbelieved).toEqual([destination, destination]);
    expect(await one.row()).toMatchObject({ state: 'taken' });
    // One archive may have several titles.
    await brings('PACS_QR', '10.0.0.1');
    expect(await one.row()).toMatchObject({ state: 'delivered' });
  });

  it('that fails has the report sent again with the reason kept, and given up after its refusals', async () => {
    await using pacs = await archive({
      action: (dataset) => ({
        status: 0,
        events: [resultDataset({ TransactionUID: transactionIn(dataset), failed: { [REPORT]: 0x0112 } })],
      }),
    });
    await using one = await deliveryWorld([dimse(pacs.port, 'commitment')], { maxRefusals: 2 });
    await one.tryOnce();
    expect(await one.tryOnce()).toMatchObject({
      state: 'waiting',
      refusals: 1,
      attempts: 1,
      fault: 'PEER_UNCONFIRMED',
      comment: 'storage commitment: FailureReason 0x0112',
    });
    await one.tryOnce();
    expect(await one.tryOnce()).toMatchObject({ state: 'gaveUp', refusals: 2, attempts: 2 });
    expect(pacs.attempts()).toBe(2);
    const study = await one.world.catalogue.study(STUDY);
    expect(study).toMatchObject({ state: 'deliveryFailed', reasons: [{ code: 'PEER_UNCONFIRMED' }] });
  });

  it('that never comes has the report sent again after the limit; the late result of the first sending counts', async () => {
    const asked: string[] = [];
    await using pacs = await archive(noting(asked));
    await using one = await deliveryWorld([dimse(pacs.port, 'commitment')]);
    const started = one.opened.clock().getTime();
    await one.tryOnce();
    await one.tryOnce();
    expect(await one.tryOnce()).toMatchObject({
      state: 'waiting',
      comment: 'no storage commitment within the limit',
    });
    expect(one.opened.clock().getTime() - started).toBe(600_000);
    await one.tryOnce();
    await takeCommitment(one.world, { TransactionUID: asked[0]!, committed: [REPORT], failed: [] });
    expect(await one.row()).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  it('that the peer does not offer is told, not passed over', async () => {
    await using pacs = await archive({ refuses: [STORAGE_COMMITMENT] });
    await using one = await deliveryWorld([dimse(pacs.port, 'commitment')]);
    await one.tryOnce();
    const row = await one.tryOnce();
    expect(row).toMatchObject({ state: 'waiting', fault: 'PEER_UNCONFIRMED' });
    expect(row.comment).toMatch(/PEER_NO_CONTEXT/);
  });
});

describe('a receiver that says 0x0000 and does not keep the object (dicoogle#721): read-back', () => {
  it('by C-FIND proves the delivery when the very instance comes back, not when others do', async () => {
    let asked = 0;
    const identifiers: (string | undefined)[] = [];
    await using pacs = await archive({
      find: (identifier) => {
        asked += 1;
        identifiers.push(valueIn(identifier, 0x0008, 0x0018), valueIn(identifier, 0x0008, 0x0052));
        return { matches: [match('2.25.555'), ...(asked > 2 ? [match(REPORT)] : [])], status: 0 };
      },
    });
    await using one = await deliveryWorld([dimse(pacs.port, 'readBack')]);
    await one.tryOnce();
    expect(await one.tryOnce()).toMatchObject({ state: 'taken' });
    expect(await one.tryOnce()).toMatchObject({ state: 'taken' });
    expect(await one.tryOnce()).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(identifiers.slice(0, 2)).toEqual([REPORT, 'IMAGE']);
    expect(pacs.attempts()).toBe(1);
  });

  it('asks for the series where a peer answers for no instances (PS3.4 C.4.1.1.4)', async () => {
    const isImageLevel = (identifier: Buffer) => valueIn(identifier, 0x0008, 0x0052) === 'IMAGE';
    await using pacs = await archive({
      find: (identifier) =>
        isImageLevel(identifier) ? { matches: [], status: 0xa900 } : { matches: [match('')], status: 0 },
    });
    await using one = await deliveryWorld([dimse(pacs.port, 'readBack')]);
    await one.tryOnce();
    expect(await one.tryOnce()).toMatchObject({ state: 'delivered' });
  });

  it('that never finds it has the report sent again after the limit', async () => {
    await using pacs = await archive({ find: () => ({ matches: [], status: 0 }) });
    await using one = await deliveryWorld([dimse(pacs.port, 'readBack')], { confirmWithinSeconds: 100 });
    const started = one.opened.clock().getTime();
    await one.tryOnce();
    while ((await one.row()).state === 'taken') await one.tryOnce();
    expect(await one.row()).toMatchObject({ state: 'waiting', comment: 'no read-back within the limit' });
    expect(one.opened.clock().getTime() - started).toBe(100_000);
    await one.tryOnce();
    expect(pacs.attempts()).toBe(2);
  });

  it('is what auto falls back on, and a peer that offers neither is believed with an event that says so', async () => {
    await using finding = await archive({
      refuses: [STORAGE_COMMITMENT],
      find: () => ({ matches: [match(REPORT)], status: 0 }),
    });
    await using one = await deliveryWorld([dimse(finding.port, 'auto')]);
    await one.tryOnce();
    expect(await one.tryOnce()).toMatchObject({ state: 'delivered' });
    await using plain = await archive({ refuses: [STORAGE_COMMITMENT, STUDY_ROOT_FIND] });
    await using other = await deliveryWorld([dimse(plain.port, 'auto')]);
    await other.tryOnce();
    expect(await other.tryOnce()).toMatchObject({ state: 'delivered' });
    expect(await other.events()).toContain('delivery.unconfirmable');
  });

  it('by QIDO-RS proves a STOW-RS delivery (PS3.18 10.6), an empty answer does not', async () => {
    await using web = await startScriptedWebArchive((attempt) =>
      attempt < 3
        ? { status: attempt === 1 ? 200 : 204 }
        : { status: 200, body: [{ '00080018': { vr: 'UI', Value: [REPORT] } }] },
    );
    const node = { name: 'pacs', roles: [], dicomWeb: web.url, confirm: 'readBack' } as const;
    await using one = await deliveryWorld([dicomWebDestination(node, { timeoutSeconds: 5 })]);
    expect(await one.tryOnce()).toMatchObject({ state: 'taken', status: 200 });
    expect(await one.tryOnce()).toMatchObject({ state: 'taken' });
    expect(await one.tryOnce()).toMatchObject({ state: 'delivered' });
    expect(web.requests[1]!.path).toBe(
      `/dicom-web/studies/${STUDY}/series/${REPORT_SERIES}/instances?SOPInstanceUID=${REPORT}`,
    );
  });
});
