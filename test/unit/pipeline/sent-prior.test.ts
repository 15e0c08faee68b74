import { beforeEach, describe, expect, it } from 'vitest';
import { localLeases } from '../../../adapters/database/local-leases.ts';
import { Fault } from '../../../src/fault.ts';
import { type BusyStudies, createBusyStudies } from '../../../src/pipeline/busy-studies.ts';
import { pollArchive } from '../../../src/pipeline/poll-archive.ts';
import { openSentPrior } from '../../../src/pipeline/sent-prior.ts';
import type { World } from '../../../src/pipeline/world.ts';
import { keptLog } from '../../support/log.ts';
import { add, type OpenedCatalogue, openedCatalogue, received, STUDY } from '../catalogue/opened.ts';

const SERIES = { StudyInstanceUID: STUDY, SeriesInstanceUID: '2.25.2' };
const RTSTRUCT = '1.2.840.10008.5.1.4.1.1.481.3';
const TIMEOUT_SECONDS = 600;
let opened: OpenedCatalogue;
let fetching: BusyStudies;
let sendsToListener: boolean;

/** A study that was fetched as a prior, and settled. */
beforeEach(async () => {
  opened = await openedCatalogue();
  fetching = createBusyStudies(localLeases(), 'fetching');
  sendsToListener = true;
  await opened.fetches.markPrior(STUDY, 'pacs', '2.25.9');
  await opened.fetches.countTry('pacs', SERIES, 1);
  await add(opened, '2.25.2.1');
  await opened.catalogue.move((await opened.catalogue.study(STUDY))!, { state: 'notEligible' });
});

const sent = ({ SOPClassUID }: { SOPClassUID?: string } = {}) => {
  const { catalogue, fetches } = opened;
  const archives = [{ name: 'pacs', sendsToListener }];
  const priors = {
    fetches,
    fetching,
    archives,
    retrieveTimeoutSeconds: TIMEOUT_SECONDS,
  } as unknown as World['priors'];
  const { header } = received('2.25.2.1');
  return openSentPrior({ catalogue, priors }, SOPClassUID ? { ...header, SOPClassUID } : header);
};
const now = async () => ({
  isPrior: await opened.fetches.isPrior(STUDY),
  state: (await opened.catalogue.study(STUDY))?.state,
});
const PRIOR = { isPrior: true, state: 'notEligible' };

describe('a study that was fetched as a prior', () => {
  it('stays one while its images may still be the answer to our own request', async () => {
    opened.tick(2 * TIMEOUT_SECONDS * 1000 - 1);
    await sent();
    expect(await now()).toEqual(PRIOR);
    opened.tick(1);
    await fetching.mark(STUDY);
    await sent();
    expect(await now()).toEqual(PRIOR);
  });

  it('is a case at once where an archive answers on the association that asks', async () => {
    sendsToListener = false;
    await sent();
    expect(await now()).toEqual({ isPrior: false, state: 'receiving' });
  });

  it('is a case of its own once its images are sent, also those that are here already', async () => {
    opened.tick(2 * TIMEOUT_SECONDS * 1000);
    await sent();
    expect(await now()).toEqual({ isPrior: false, state: 'receiving' });
    const row = await opened.catalogue.study(STUDY);
    expect(row?.lastReceivedAt).toEqual(opened.clock());
    await sent();
    const story = await opened.catalogue.eventsOf(STUDY);
    expect(story.filter(({ kind }) => kind === 'prior.sent')).toHaveLength(1);
  });

  it('stays one when somebody draws on it', async () => {
    opened.tick(2 * TIMEOUT_SECONDS * 1000);
    await sent({ SOPClassUID: RTSTRUCT });
    expect(await now()).toEqual(PRIOR);
  });

  it('is a case of its own when an archive is looked through for new studies and has it', async () => {
    const { catalogue, patients, clock, fetches } = opened;
    const found = {
      StudyInstanceUID: STUDY,
      PatientID: 'P1',
      IssuerOfPatientID: '',
      StudyDate: '20260101',
      StudyTime: '',
      ModalitiesInStudy: ['CT'],
    };
    const archive = { name: 'pacs', findStudies: async () => [found], findSeries: async () => [] };
    const priors = { fetches, fetching, archives: [archive] } as unknown as World['priors'];
    const world = { catalogue, patients, clock, log: keptLog(), enrolment: 'all' as const, priors };
    await pollArchive(world, { kind: 'poll', key: 'pacs' }, 3, new AbortController().signal);
    expect(await now()).toEqual({ isPrior: false, state: 'receiving' });
  });

  it('an archive that cannot be looked through is left alone until its next turn, which is told', async () => {
    const { catalogue, patients, clock, fetches } = opened;
    const findStudies = () => Promise.reject(new Fault('PEER_UNREACHABLE', 'ECONNREFUSED'));
    const priors = {
      fetches,
      fetching,
      archives: [{ name: 'pacs', findStudies }],
    } as unknown as World['priors'];
    const log = keptLog();
    const world = { catalogue, patients, clock, log, enrolment: 'all' as const, priors };
    await pollArchive(world, { kind: 'poll', key: 'pacs' }, 3, new AbortController().signal);
    expect(log.lines).toMatchObject([{ event: 'poll.failed', fields: { code: 'PEER_UNREACHABLE' } }]);
    // A service that stops has the job handed back.
    const stopped = pollArchive(world, { kind: 'poll', key: 'pacs' }, 3, AbortSignal.abort());
    await expect(stopped).rejects.toThrow('PEER_UNREACHABLE');
  });

  it('that never came is a case when it is sent', async () => {
    await opened.sql.query('DELETE FROM "fetchedSeries"');
    await sent();
    expect(await now()).toEqual({ isPrior: false, state: 'receiving' });
  });
});
