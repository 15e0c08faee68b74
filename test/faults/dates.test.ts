/** PEERS.md section 2: time zones, leap days, dates before 1970 and in the future, missing and malformed ones, through the whole service. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { daysBetween, parseDa } from '../../src/dicom/values.ts';
import { type CaseObjects, phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** Both time points of a case of that name, with these dates and attributes. */
function dated(
  name: string,
  dates: readonly [baseline: string, followUp: string],
  every: readonly [Record<string, string>, Record<string, string>] = [{}, {}],
): Readonly<{ baseline: CaseObjects; followUp: CaseObjects }> {
  const phantom = phantomCase(name);
  const [baseline, followUp] = (['baseline', 'followUp'] as const).map((point, at) =>
    phantom.objects(point, { StudyDate: dates[at] ?? '', every: every[at] ?? {} }),
  );
  return { baseline: baseline!, followUp: followUp! };
}

async function send({ baseline, followUp }: ReturnType<typeof dated>): Promise<void> {
  await service.send(baseline.all);
  await service.send(followUp.all);
}

type Finding = Readonly<{ id: string; values: string; outcome: string }>;
const interval = (report: Readonly<{ result: unknown }> | undefined): Finding | undefined =>
  ((report?.result ?? { findings: [] }) as { findings: Finding[] }).findings.find(({ id }) => id === 'QC-30');
const intervalOf = (report: Readonly<{ result: unknown }> | undefined): number =>
  Number(/-?\d+/.exec(interval(report)?.values ?? '')?.[0]);

/** Sends the case, and answers the days between its time points as its report counts them. */
async function reported(made: ReturnType<typeof dated>): Promise<number> {
  await send(made);
  const { decision } = await service.inState(made.followUp.StudyInstanceUID, 'delivered');
  expect(decision).toMatchObject({ baseline: made.baseline.StudyInstanceUID });
  const [report] = await service.service.world.reports.of(made.followUp.StudyInstanceUID);
  return intervalOf(report);
}

describe('the time points of a case are in order, and their distance is right', () => {
  it.each([
    ['over a leap day', '20240228', '20240301', 2],
    ['from a leap day to the same day of the next year', '20240229', '20250228', 365],
    ['before 1970', '19690720', '19690915', 57],
    ['over the beginning of 1970', '19691201', '19700201', 62],
    ['in the ACR-NEMA form', '2025.01.10', '2025.03.11', 60],
  ])('%s (%s to %s: %i days)', async (title, from, to, days) => {
    expect(await reported(dated(`days ${title}`.replaceAll(/\W/g, '-').slice(0, 40), [from, to]))).toBe(days);
  });

  it('whatever the time zone of the machine, and whatever offset the objects tell', async () => {
    const zones = ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kathmandu'];
    for (const [at, name] of zones.entries()) {
      process.env['TZ'] = name;
      const offsets = [{ TimezoneOffsetFromUTC: '+1400' }, { TimezoneOffsetFromUTC: '-1200' }] as const;
      const made = dated(`zone-${at}`, ['20250101', '20250301'], offsets);
      expect(await reported(made), name).toBe(59);
      const [sr] = service.arrived(made.followUp.StudyInstanceUID);
      const { ContentDate, StudyDate } = readPart10(sr!.bytes) as Record<string, string>;
      // Its own moment is told as clocks on walls show it; the date of the study stays what its objects say.
      const today = () => new Date().toLocaleDateString('sv-SE').replaceAll('-', '');
      expect([today(), yesterday()]).toContain(ContentDate);
      expect(StudyDate).toBe('20250301');
    }
  });

  it('in different zones: what was first in the world is first, and held where the calendars of the two places say otherwise', async () => {
    const east = { TimezoneOffsetFromUTC: '+1400', StudyTime: '003000' };
    const west = { TimezoneOffsetFromUTC: '-1200', StudyTime: '230000' };
    // The east's morning of the 2nd of March is the west's morning of the 28th of February.
    const made = dated('zones-of-one-night', ['20250302', '20250301'], [east, west]);
    await send(made);
    // By the calendar its baseline is of the day after it.
    await service.inState(made.followUp.StudyInstanceUID, 'held');
    expect(await service.reasons(made.followUp.StudyInstanceUID)).toEqual(['OUT_OF_SCOPE']);
    const turned = dated('zones-turned', ['20250301', '20250302'], [west, east]);
    await send(turned);
    await service.inState(turned.followUp.StudyInstanceUID, 'waitingForBaseline');
    expect(service.arrived(turned.followUp.StudyInstanceUID)).toEqual([]);
  });

  it('every day of four hundred years, which is when the calendar begins anew, is one day after the one before', () => {
    const day = new Date(0);
    let before = '00010101';
    for (let at = 1; at < 146_097; at++) {
      day.setTime(0);
      day.setUTCFullYear(1, 0, 1 + at);
      const text =
        String(day.getUTCFullYear()).padStart(4, '0') +
        String(day.getUTCMonth() + 1).padStart(2, '0') +
        String(day.getUTCDate()).padStart(2, '0');
      if (daysBetween(before, text) !== 1) expect([before, text]).toBe('one day apart');
      before = text;
    }
    expect(parseDa('01000229')).toBeUndefined();
  });
});

const yesterday = (): string =>
  new Date(Date.now() - 86_400_000).toLocaleDateString('sv-SE').replaceAll('-', '');

describe('a date that cannot be right', () => {
  it.each([
    ['missing', ''],
    ['no day of any calendar', '20230229'],
    ['a range', '20250101-20250301'],
  ])('of the follow-up (%s): the case waits, and says that it cannot be compared', async (title, date) => {
    const made = dated(
      `follow-up-${title.replaceAll(/\W/g, '-')}`,
      ['20250101', '20250301'],
      [{}, { StudyDate: date }],
    );
    await send(made);
    const { decision } = await service.inState(made.followUp.StudyInstanceUID, 'waitingForBaseline');
    expect(JSON.stringify(decision)).toContain('A StudyDate is missing, so it cannot be compared');
    expect(service.arrived(made.followUp.StudyInstanceUID)).toEqual([]);
  });

  it('of the baseline: it is no baseline, and the case waits for another', async () => {
    const made = dated('baseline-undated', ['20250101', '20250301'], [{ StudyDate: '99999999' }, {}]);
    await send(made);
    await service.inState(made.followUp.StudyInstanceUID, 'waitingForBaseline');
    expect(service.arrived(made.followUp.StudyInstanceUID)).toEqual([]);
  });

  it('of a baseline in the future: nothing is compared backwards', async () => {
    const made = dated('baseline-in-the-future', ['20990101', '20250301']);
    await send(made);
    await service.inState(made.followUp.StudyInstanceUID, 'waitingForBaseline');
    expect(service.arrived(made.followUp.StudyInstanceUID)).toEqual([]);
  });

  it('of a follow-up in the far future: its report warns of the interval', async () => {
    const made = dated('follow-up-in-the-future', ['20250101', '20990301']);
    expect(await reported(made)).toBeGreaterThan(27_000);
    const [report] = await service.service.world.reports.of(made.followUp.StudyInstanceUID);
    expect(interval(report)?.outcome).toBe('warn');
  });

  it('of birth (a leap day on one side, another on the other) is a conflict that a person settles', async () => {
    const made = dated(
      'born-on-a-leap-day',
      ['20250101', '20250301'],
      [{ PatientBirthDate: '19520229' }, { PatientBirthDate: '19520228' }],
    );
    await send(made);
    await service.inState(made.followUp.StudyInstanceUID, 'held');
    expect(await service.reasons(made.followUp.StudyInstanceUID)).toEqual(['IDENTITY_CONFLICT']);
  });
});
