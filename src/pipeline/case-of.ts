/** Everything that the page of a case shows. */
import {
  arrivedObjects,
  boundedEvents,
  type ConflictRow,
  conflictRows,
  type MadeObject,
  madeObjects,
  type SentObject,
  sentObjects,
} from '../catalogue/case-view.ts';
import type { MaskRow, Reason, SeriesRow, StudyRow } from '../catalogue/rows.ts';
import { sopClass } from '../dicom/sop-class.ts';
import type { Finding } from '../eligibility/finding.ts';
import { Fault } from '../fault.ts';
import type { ScoreResult } from '../model/score-result.ts';
import type { ReportContent } from '../sr/report.ts';
import { type DecisionView, decisionView } from './case-decision.ts';
import { type CasePulse, newestOf, type StandingNeeds, standingOf } from './case-standing.ts';
import { hexStatus, type Story, storyOf } from './case-story.ts';

export type CaseNeeds = StandingNeeds;

type SeriesShown = Readonly<{
  SeriesInstanceUID: string;
  role: string;
  Modality: string;
  SeriesNumber: number | null;
  SeriesDescription: string;
  ConvolutionKernel: string;
  SliceThickness: number | null;
  Manufacturer: string;
  instances: number;
}>;

type MaskShown = Readonly<{
  SOPInstanceUID: string;
  receivedAt: Date;
  /** code of the fault that reading it met; null: none, or it was not read yet */
  fault: string | null;
  kind: string | null;
  label: string;
  author: string;
  ApprovalStatus: string;
  regions: readonly Readonly<{ number: number; name: string; drawn: number }>[];
}>;

type ObjectShown = Pick<
  MadeObject,
  | 'SOPInstanceUID'
  | 'SOPClassUID'
  | 'kind'
  | 'language'
  | 'companionOf'
  | 'bytes'
  | 'createdAt'
  | 'withdrawn'
  | 'isHeld'
> &
  Readonly<{
    SOPClassName: string;
    /** the report before it */
    supersedes: string | null;
  }>;

type ResultShown = Readonly<{
  report: string;
  outcome: string | null;
  score: ScoreResult | null;
  findings: readonly Finding[];
  /** digests of rules, template and configuration that made it; null: it was made before they were kept */
  digests: ReportContent['digests'] | null;
  inputs: string;
  missing: readonly Reason[];
}>;

type DeliveryShown = Omit<SentObject, 'status'> & Readonly<{ status: string | null }>;

export type CaseView = CasePulse &
  Readonly<{
    identity: Pick<
      StudyRow,
      | 'StudyInstanceUID'
      | 'PatientID'
      | 'IssuerOfPatientID'
      | 'PatientBirthDate'
      | 'PatientSex'
      | 'StudyDate'
      | 'StudyTime'
    > &
      Readonly<{
        PatientName: string;
        AccessionNumber: string;
        StudyDescription: string;
        hasConflict: boolean;
      }>;
    story: Story;
    decision: DecisionView | null;
    series: readonly SeriesShown[];
    masks: readonly MaskShown[];
    conflicts: readonly ConflictRow[];
    /** of the newest report; null: there is none */
    result: ResultShown | null;
    /** reports, rejection notes and what goes beside them, newest first */
    objects: readonly ObjectShown[];
    deliveries: readonly DeliveryShown[];
  }>;

/** Faults: INPUT_NOT_FOUND for a study that is not here. */
export async function caseOf(world: CaseNeeds, StudyInstanceUID: string): Promise<CaseView> {
  const { catalogue } = world;
  const { sql } = catalogue;
  const study = await catalogue.study(StudyInstanceUID);
  if (!study) throw new Fault('INPUT_NOT_FOUND', 'no study of this UID is here');
  const series = await catalogue.seriesOf(StudyInstanceUID);
  const { events, leftOut } = await boundedEvents(sql, StudyInstanceUID);
  const made = await madeObjects(sql, StudyInstanceUID);
  const newest = made.find(({ kind }) => kind === 'sr');
  const story = storyOf(events, await arrivedObjects(sql, StudyInstanceUID), leftOut);
  return {
    identity: identityOf(study, series),
    ...(await standingOf(world, study)),
    newest: newestOf(story.entries),
    story,
    decision: await decisionView(sql, study),
    series: series.map(seriesShown),
    masks: (await catalogue.masksOf(StudyInstanceUID)).map(maskShown),
    conflicts: await conflictRows(sql, StudyInstanceUID),
    result: newest ? resultShown(newest) : null,
    objects: made.map((each) => objectShown(each, made)),
    deliveries: (await sentObjects(sql, StudyInstanceUID)).map((each) => ({
      ...each,
      status: each.status === null ? null : hexStatus(each.status),
    })),
  };
}

function identityOf(study: StudyRow, series: readonly SeriesRow[]): CaseView['identity'] {
  const header = (series.find(({ role }) => role === 'image') ?? series[0])?.header;
  return {
    StudyInstanceUID: study.StudyInstanceUID,
    PatientID: study.PatientID,
    IssuerOfPatientID: study.IssuerOfPatientID,
    PatientBirthDate: study.PatientBirthDate,
    PatientSex: study.PatientSex,
    StudyDate: study.StudyDate,
    StudyTime: study.StudyTime,
    PatientName: header?.PatientName ?? '',
    AccessionNumber: header?.AccessionNumber ?? '',
    StudyDescription: header?.StudyDescription ?? '',
    hasConflict: study.identityConflict,
  };
}

const seriesShown = ({ SeriesInstanceUID, role, header, instanceCount }: SeriesRow): SeriesShown => ({
  SeriesInstanceUID,
  role,
  Modality: header.Modality ?? '',
  SeriesNumber: header.SeriesNumber ?? null,
  SeriesDescription: header.SeriesDescription ?? '',
  ConvolutionKernel: header.ConvolutionKernel ?? '',
  SliceThickness: header.SliceThickness ?? null,
  Manufacturer: header.Manufacturer ?? '',
  instances: instanceCount,
});

const maskShown = ({ SOPInstanceUID, receivedAt, fault, description }: MaskRow): MaskShown => ({
  SOPInstanceUID,
  receivedAt,
  fault,
  kind: description?.kind ?? null,
  label: description?.label ?? '',
  author: description?.author ?? '',
  ApprovalStatus: description?.ApprovalStatus ?? '',
  regions: (description?.regions ?? []).map(({ number, name, contourOrFrameCount }) => ({
    number,
    name,
    drawn: contourOrFrameCount,
  })),
});

function objectShown(object: MadeObject, all: readonly MadeObject[]): ObjectShown {
  const { SOPInstanceUID, SOPClassUID, kind, language, companionOf, bytes, createdAt, withdrawn, isHeld } =
    object;
  const before = all.find((each) => each.kind === 'sr' && each.createdAt < createdAt);
  return {
    SOPInstanceUID,
    SOPClassUID,
    SOPClassName: sopClass(SOPClassUID)?.name ?? '',
    kind,
    language,
    companionOf,
    bytes,
    createdAt,
    withdrawn,
    isHeld,
    supersedes: kind === 'sr' ? (before?.SOPInstanceUID ?? null) : null,
  };
}

function resultShown({ SOPInstanceUID, result, inputs }: MadeObject): ResultShown {
  const { outcome, score, findings, digests, missing } = result as Partial<ResultShown>;
  return {
    report: SOPInstanceUID,
    outcome: outcome ?? null,
    score: score ?? null,
    findings: findings ?? [],
    digests: digests ?? null,
    inputs,
    missing: missing ?? [],
  };
}
