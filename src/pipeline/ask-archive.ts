/** One archive is asked for the priors of one case. */
import type { StudyRow } from '../catalogue/rows.ts';
import { type FetchCandidate, fetchOrder } from '../matching/fetch-order.ts';
import { disqualification } from '../matching/series.ts';
import type { Patient } from '../patients/patient.ts';
import type { Archive, ArchivedSeries, ArchivedStudy } from '../ports.ts';
import { describeMasks } from './assess.ts';
import { fetchReports } from './fetch-reports.ts';
import { compareWithArchive, fetchSeries } from './fetch-series.ts';
import { toldArchive } from './told-archive.ts';
import type { World } from './world.ts';

export type AskNeeds = Pick<World, 'catalogue' | 'files' | 'radiomics' | 'rules' | 'log'> &
  Readonly<{ priors: NonNullable<World['priors']> }>;

export type Asked = Readonly<{
  /** what the rule would take is here, whole */
  isSatisfied: boolean;
  /** somebody is sending a candidate just now */
  isArriving: boolean;
  instances: number;
}>;

const MASK_MODALITIES: ReadonlySet<string> = new Set(['RTSTRUCT', 'SEG']);
/** Studies of one patient that hold masks alone: more are no habit of any drawing tool. */
const MOST_MASK_STUDIES = 20;

/**
 * Asks for the patient's studies, keeps those that are certainly of this Patient ID and issuer, and fetches what is not
 * here: masks of the follow-up, and what its series lack, masks in studies of their own, then CT and masks of the candidates in the order of the
 * rules, until one is here that the rules would take; then what reports of ours say of the time since. Faults: those of the archive.
 */
export async function askArchive(
  world: AskNeeds,
  asked: Archive,
  { row, patient }: Readonly<{ row: StudyRow; patient: Patient | undefined }>,
  signal: AbortSignal,
): Promise<Asked> {
  const archive = toldArchive(world, asked, row);
  const answered = await archive.findStudies({ PatientID: row.PatientID }, signal);
  const studies = ofPatient(answered, row);
  const withCt = studies.filter(({ ModalitiesInStudy }) => holds(ModalitiesInStudy, (each) => each === 'CT'));
  const candidates = fetchOrder(
    row,
    [...withCt, ...(await onlyHere(world.catalogue, row, studies))],
    patient,
    world.rules.baseline.value,
  );
  const counts = { answered: answered.length, ofPatient: studies.length, candidates: candidates.length };
  await tell(world, row, 'prior.asked', { archive: archive.name, ...counts });
  const pass = new Pass(world, archive, row, signal, new Set(studies.map(uidOf)));
  await pass.restOfFollowUp(studies);
  await pass.masksOfTheirOwn(studies, candidates);
  const isSatisfied = await pass.baseline(candidates);
  const course = {
    row,
    studies,
    baseline: pass.chosen,
    seriesOf: (study: ArchivedStudy) => pass.seriesOf(study),
  };
  await fetchReports(world, archive, course, signal);
  return { isSatisfied, isArriving: pass.isArriving, instances: pass.instances };
}

/** A PACS may return more than was asked for; an issuer that it does not say does not contradict. */
const ofPatient = (
  studies: readonly ArchivedStudy[],
  { PatientID, IssuerOfPatientID }: Pick<StudyRow, 'PatientID' | 'IssuerOfPatientID'>,
): ArchivedStudy[] =>
  studies.filter(
    (study) =>
      study.PatientID === PatientID.trim() &&
      (study.IssuerOfPatientID === '' ||
        IssuerOfPatientID === '' ||
        study.IssuerOfPatientID === IssuerOfPatientID.trim()),
  );

/** Studies that the archive does not have: when the rule prefers one of them, nothing is fetched. */
async function onlyHere(
  catalogue: World['catalogue'],
  row: StudyRow,
  archived: readonly ArchivedStudy[],
): Promise<ArchivedStudy[]> {
  const there = new Set(archived.map(uidOf));
  const here = (await catalogue.studiesOfPatient(row.PatientID)).filter((each) => !there.has(uidOf(each)));
  return ofPatient(
    here.map((each) => ({ ...each, PatientID: each.PatientID.trim(), ModalitiesInStudy: [] })),
    row,
  );
}

const holds = (modalities: readonly string[], is: (modality: string) => boolean): boolean =>
  modalities.length === 0 || modalities.some(is);

const tell = (world: AskNeeds, row: StudyRow, kind: string, detail: unknown): Promise<boolean> =>
  world.catalogue.sql.batch([world.catalogue.event(row.StudyInstanceUID, kind, detail)]);

class Pass {
  isArriving = false;
  instances = 0;
  /** the candidate that the rules would take */
  chosen: ArchivedStudy | undefined;
  readonly #world: AskNeeds;
  readonly #archive: Archive;
  readonly #row: StudyRow;
  readonly #signal: AbortSignal;
  readonly #archived: ReadonlySet<string>;
  readonly #series = new Map<string, Promise<ArchivedSeries[]>>();

  constructor(
    world: AskNeeds,
    archive: Archive,
    row: StudyRow,
    signal: AbortSignal,
    archived: ReadonlySet<string>,
  ) {
    this.#archived = archived;
    this.#world = world;
    this.#archive = archive;
    this.#row = row;
    this.#signal = signal;
  }

  /** Its masks; when it is held because it lacks images, or a series of it came in part (archives are looked through), its CT too. */
  async restOfFollowUp(studies: readonly ArchivedStudy[]): Promise<void> {
    const { fetches, archives } = this.#world.priors;
    const { StudyInstanceUID, state } = this.#row;
    const own = studies.find((study) => study.StudyInstanceUID === StudyInstanceUID);
    if (!own) return fetches.listed(this.#archive.name, StudyInstanceUID, []);
    const names = archives.map(({ name }) => name);
    const isLacking = state === 'held' || (await fetches.shortSeries(StudyInstanceUID, names)).length > 0;
    if (!isLacking && !holds(own.ModalitiesInStudy, isMask)) return;
    await this.#fetch(own, ({ Modality }) => isMask(Modality) || (isLacking && Modality === 'CT'));
  }

  /** They are small, and only when they are here is it known which CT they were drawn on. */
  async masksOfTheirOwn(
    studies: readonly ArchivedStudy[],
    candidates: readonly FetchCandidate<ArchivedStudy>[],
  ): Promise<void> {
    const known = new Set([this.#row, ...candidates.map(({ study }) => study)].map(uidOf));
    const alone = studies.filter(
      (study) =>
        !known.has(study.StudyInstanceUID) &&
        study.ModalitiesInStudy.some(isMask) &&
        !study.ModalitiesInStudy.includes('CT'),
    );
    for (const study of alone.slice(0, MOST_MASK_STUDIES)) {
      await this.#fetch(study, ({ Modality }) => isMask(Modality));
      await describeMasks(this.#world, study.StudyInstanceUID, this.#signal);
    }
  }

  /** True when a candidate is here that the rules would take. */
  async baseline(candidates: readonly FetchCandidate<ArchivedStudy>[]): Promise<boolean> {
    let fetched = 0;
    for (const { study, needsMask } of candidates) {
      const series = await this.seriesOf(study);
      const isThere = this.#archived.has(study.StudyInstanceUID);
      if (isThere && !series.some(({ Modality }) => Modality === 'CT')) continue;
      if (needsMask && !(await this.#hasMask(study, series))) continue;
      const before = this.instances;
      const came = await this.#fetch(study, ({ Modality }) => Modality === 'CT' || isMask(Modality));
      // The rules take it, whole or not: another archive may have the rest, and a later study would be fetched in vain.
      if (came !== 'arriving' && (await this.#isUsable(study))) {
        this.chosen = study;
        return came === 'whole';
      }
      if (this.instances > before) fetched += 1;
      if (fetched >= this.#world.priors.maxStudies) return false;
    }
    return false;
  }

  seriesOf(study: ArchivedStudy): Promise<ArchivedSeries[]> {
    const asked = this.#series.get(study.StudyInstanceUID) ?? this.#findSeries(study);
    this.#series.set(study.StudyInstanceUID, asked);
    return asked;
  }

  async #findSeries(study: ArchivedStudy): Promise<ArchivedSeries[]> {
    const series = await this.#archive.findSeries(study, this.#signal);
    const uids = series.map(({ SeriesInstanceUID }) => SeriesInstanceUID);
    await this.#world.priors.fetches.listed(this.#archive.name, study.StudyInstanceUID, uids);
    return series;
  }

  /** `arriving`: from elsewhere, so that it was left alone; `short`: the archive does not send all that it says it has. */
  async #fetch(
    study: ArchivedStudy,
    isWanted: (series: ArchivedSeries) => boolean,
  ): Promise<'whole' | 'short' | 'arriving'> {
    const { catalogue, priors } = this.#world;
    const { StudyInstanceUID } = study;
    const key = { PatientID: this.#row.PatientID, StudyInstanceUID };
    const series: ArchivedSeries[] = [];
    let outcome: 'whole' | 'short' = 'whole';
    for (const each of (await this.seriesOf(study)).filter(isWanted)) {
      const held = await compareWithArchive(this.#world, this.#archive, key, each);
      if (held === 'missing') series.push(each);
      if (held === 'short') outcome = 'short';
    }
    if (series.length === 0) return outcome;
    const isOurs =
      (await priors.fetching.has(StudyInstanceUID)) || (await priors.fetches.isPrior(StudyInstanceUID));
    if (!isOurs && (await catalogue.study(StudyInstanceUID))?.state === 'receiving') {
      this.isArriving = true;
      return 'arriving';
    }
    await using _fetching = await priors.fetching.mark(StudyInstanceUID);
    await priors.fetches.markPrior(StudyInstanceUID, this.#archive.name, this.#row.StudyInstanceUID);
    for (const each of series) await this.#fetchOne(key, each);
    return outcome;
  }

  async #fetchOne(
    key: Readonly<{ PatientID: string; StudyInstanceUID: string }>,
    series: ArchivedSeries,
  ): Promise<void> {
    await this.#world.priors.fetches.started(this.#row.StudyInstanceUID);
    const started = performance.now();
    const instances = await fetchSeries(this.#world, this.#archive, key, series, this.#signal);
    this.instances += instances;
    const { SeriesInstanceUID, Modality } = series;
    await tell(this.#world, this.#row, 'prior.fetched', {
      archive: this.#archive.name,
      StudyInstanceUID: key.StudyInstanceUID,
      SeriesInstanceUID,
      Modality,
      instances,
      milliseconds: Math.round(performance.now() - started),
    });
  }

  /** In the study itself, or one that is here already and names a series of it. */
  async #hasMask({ StudyInstanceUID }: ArchivedStudy, series: readonly ArchivedSeries[]): Promise<boolean> {
    if (series.some(({ Modality }) => isMask(Modality))) return true;
    const { catalogue } = this.#world;
    const here = await catalogue.seriesOf(StudyInstanceUID);
    const own = new Set([...series, ...here].map(({ SeriesInstanceUID }) => SeriesInstanceUID));
    if ((await catalogue.masksOf(StudyInstanceUID)).length > 0) return true;
    for (const other of await catalogue.studiesOfPatient(this.#row.PatientID)) {
      for (const { description } of await catalogue.masksOf(other.StudyInstanceUID)) {
        if (description?.referencedSeries.some((uid) => own.has(uid))) return true;
      }
    }
    return false;
  }

  /** A CT series is here that its header does not rule out. */
  async #isUsable({ StudyInstanceUID }: ArchivedStudy): Promise<boolean> {
    const series = await this.#world.catalogue.seriesOf(StudyInstanceUID);
    return series.some((each) => each.role === 'image' && disqualification(each) === undefined);
  }
}

const isMask = (modality: string): boolean => MASK_MODALITIES.has(modality);
const uidOf = ({ StudyInstanceUID }: Readonly<{ StudyInstanceUID: string }>): string => StudyInstanceUID;
