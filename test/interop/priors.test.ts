import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { type Dcmqrscp, startDcmqrscp } from '../support/dcmqrscp.ts';
import { freePort } from '../support/free-port.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { PACS, type RunningService, startPacs, startService } from '../support/running-service.ts';

const missing = whyNotInstalled('Orthanc', 'dcmqrscp');
const HOST = '127.0.0.1';

type Settings = Readonly<Record<string, unknown>>;

describe.skipIf(missing)(`a baseline that only the archive has${missing ? ` ${missing}` : ''}`, () => {
  let ourPort: number;
  let orthanc: Orthanc;
  let dcmqrscp: Dcmqrscp;
  beforeAll(async () => {
    ourPort = await freePort();
    const ours = { aeTitle: 'EARSHOT', port: ourPort };
    orthanc = await startOrthanc({ modalities: { earshot: ours } });
    dcmqrscp = await startDcmqrscp(ours);
  });
  afterAll(async () => {
    await dcmqrscp?.[Symbol.asyncDispose]();
    await orthanc?.[Symbol.asyncDispose]();
  });

  const orthancNode = () => ({
    name: 'archive',
    aeTitle: orthanc.aeTitle,
    host: HOST,
    port: orthanc.dicomPort,
    roles: ['archive'],
  });
  const dcmqrscpNode = () => ({ ...orthancNode(), aeTitle: dcmqrscp.aeTitle, port: dcmqrscp.port });
  const archives: readonly [string, () => Settings][] = [
    ['Orthanc by C-MOVE', () => orthancNode()],
    ['Orthanc by C-GET', () => ({ ...orthancNode(), retrieve: 'get' })],
    ['Orthanc by DICOMweb', () => ({ name: 'archive', dicomWeb: orthanc.dicomWeb, roles: ['archive'] })],
    ['dcmqrscp by C-MOVE', () => dcmqrscpNode()],
    [
      'dcmqrscp by C-GET in Patient Root',
      () => ({ ...dcmqrscpNode(), retrieve: 'get', queryModel: 'patient' }),
    ],
  ];

  async function withService(
    archive: Settings,
    use: (earshot: RunningService) => Promise<void>,
  ): Promise<void> {
    await using pacs = await startPacs();
    const nodes = [
      { name: 'pacs', aeTitle: PACS, host: HOST, port: pacs.port, roles: ['source', 'destination'] },
      archive,
    ];
    await using earshot = await startService({ dimse: { host: HOST, port: ourPort }, nodes });
    await use({
      ...earshot,
      arrived: (study) => pacs.reports.filter((one) => one.StudyInstanceUID === study),
    });
  }

  async function store(files: readonly Uint8Array[]): Promise<void> {
    const to = [
      { name: 'orthanc', roles: [], host: HOST, port: orthanc.dicomPort, aeTitle: orthanc.aeTitle },
      { name: 'dcmqrscp', roles: [], host: HOST, port: dcmqrscp.port, aeTitle: dcmqrscp.aeTitle },
    ];
    for (const node of to) {
      const sent = await sendFiles(node, files, { callingAeTitle: 'MODALITY' });
      expect(sent.filter(({ status }) => status !== 0)).toEqual([]);
    }
  }
  const events = async (earshot: RunningService, study: string, kind: string) =>
    (await earshot.service.world.catalogue.eventsOf(study)).filter((event) => event.kind === kind);

  it.each(archives)(
    '%s: the follow-up arrives, the report comes out, nothing is fetched twice',
    async (name, node) => {
      const phantom: PhantomCase = phantomCase(`prior-${name.replaceAll(' ', '-')}`);
      await store(phantom.baseline.all);
      await withService(node(), async (earshot) => {
        const { followUp, baseline } = phantom;
        await earshot.send(followUp.all);
        await earshot.inState(followUp.StudyInstanceUID, 'delivered');
        expect(earshot.arrived(followUp.StudyInstanceUID)).toHaveLength(1);
        const prior = await earshot.inState(baseline.StudyInstanceUID, 'notEligible');
        expect(prior.reasons.map(({ code }) => code)).toEqual(['FETCHED_AS_PRIOR']);
        const fetched = await events(earshot, followUp.StudyInstanceUID, 'prior.fetched');
        expect(fetched.map(({ detail }) => detail)).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ Modality: 'CT', instances: baseline.ct.length }),
            expect.objectContaining({ instances: 1 }),
          ]),
        );
        expect(fetched).toHaveLength(2);

        const second = phantom.objects('followUp', { as: 'second', StudyDate: '20260701' });
        await earshot.send(second.all);
        await earshot.inState(second.StudyInstanceUID, 'delivered');
        expect(await events(earshot, second.StudyInstanceUID, 'prior.asked')).toHaveLength(1);
        expect(await events(earshot, second.StudyInstanceUID, 'prior.fetched')).toEqual([]);
      });
    },
  );

  it('a mask of the baseline in a study of its own is found, and says which CT to fetch', async () => {
    const phantom = phantomCase('mask elsewhere');
    const elsewhere = phantom.objects('baseline', {
      mask: { StudyInstanceUID: '2.25.77001', SeriesInstanceUID: '2.25.77002', StudyDate: '20260301' },
    });
    await store([...phantom.baseline.ct, elsewhere.mask]);
    const undrawn = phantom.objects('baseline', { as: 'undrawn', StudyDate: '20240101' });
    await store(undrawn.ct);
    await withService(orthancNode(), async (earshot) => {
      await earshot.send(phantom.followUp.all);
      await earshot.inState(phantom.followUp.StudyInstanceUID, 'delivered');
      expect(await earshot.service.world.catalogue.study(undrawn.StudyInstanceUID)).toBeUndefined();
    });
  });

  it('a mask of the follow-up that only the archive has is fetched too', async () => {
    const phantom = phantomCase('mask there');
    await store([...phantom.baseline.all, ...phantom.followUp.all]);
    await withService({ ...orthancNode(), retrieve: 'get' }, async (earshot) => {
      await earshot.send(phantom.followUp.ct);
      await earshot.inState(phantom.followUp.StudyInstanceUID, 'delivered');
    });
  });
});
