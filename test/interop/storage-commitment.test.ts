import { describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { startOrthanc } from '../support/orthanc.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, startService } from '../support/running-service.ts';

const missing = whyNotInstalled('Orthanc');

describe.skipIf(missing)(missing ?? 'a report handed to Orthanc', () => {
  test.each(['commitment', 'readBack'] as const)('is proved by %s', async (confirm) => {
    const port = await freePort();
    await using orthanc = await startOrthanc({ modalities: { earshot: { aeTitle: 'EARSHOT', port } } });
    const to = {
      aeTitle: orthanc.aeTitle,
      host: '127.0.0.1',
      port: orthanc.dicomPort,
      roles: ['destination'],
    };
    await using earshot = await startService({
      dimse: { host: '127.0.0.1', port },
      nodes: [
        { name: 'scanner', aeTitle: PACS, roles: ['source'] },
        { name: 'orthanc', ...to, confirm },
      ],
    });
    const { baseline, followUp } = phantomCase(`orthanc-${confirm}`);
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered', 60_000);
    const { reports, confirmations, catalogue } = earshot.service.world;
    const [delivery] = await reports.deliveriesOf(followUp.StudyInstanceUID);
    expect(await confirmations.last(delivery!)).toMatchObject({ kind: confirm, fault: null });
    expect((await confirmations.last(delivery!))?.confirmedAt).toBeInstanceOf(Date);
    // The association's own line comes when nothing follows it for some seconds.
    const kinds = (await catalogue.eventsOf(followUp.StudyInstanceUID))
      .map(({ kind }) => kind)
      .filter((kind) => kind !== 'association.closed');
    expect(kinds.slice(-4)).toEqual([
      'delivery.taken',
      'delivery.confirmed',
      'delivery.delivered',
      'state.delivered',
    ]);
    expect([...(await orthanc.instances('SR')).values()]).toEqual([delivery!.SOPInstanceUID]);
  });
});
