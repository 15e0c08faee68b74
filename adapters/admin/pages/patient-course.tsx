/** The numbers of the chart, as a table, with what is to be known of them. */
import { visible } from '../shown.tsx';
import { dayOf } from '../words.ts';
import { percent } from './patient-list.tsx';
import { inWords } from './patient-record.tsx';

export type CoursePoint = Readonly<{
  StudyInstanceUID: string;
  StudyDate: string;
  delta: number | null;
  probability: number | null;
  interval: readonly [number, number] | null;
  category: string | null;
  diameterMm: number | null;
  isHeld: boolean;
  daysSinceTkiStart: number | null;
  visit: 'early' | 'late' | 'unknown';
  isOfNewestSeries: boolean;
}>;

const None = () => <span class="none">–</span>;

/** Four digits, as in a report. */
const rounded = (value: number): string => String(Number(value.toPrecision(4))).replace('-', '−');

function notesOn({ isHeld, isOfNewestSeries, visit, daysSinceTkiStart: days }: CoursePoint): string[] {
  return [
    ...(isHeld ? ['measured, but the case is held: no result'] : []),
    ...(isOfNewestSeries
      ? []
      : ['other lesion, feature or baseline: its delta is not compared with the newest']),
    ...(visit === 'late' ? ['late visit: half a year or more after the start of the TKI'] : []),
    ...(days !== null && days < 0 ? ['before the start of the TKI'] : []),
    ...(days === null ? ['the start of the TKI is not known'] : []),
  ];
}

export const Course = ({ points }: { points: readonly CoursePoint[] }) => (
  <div class="table">
    <table class="points">
      <caption>The same in numbers</caption>
      <thead>
        <tr>
          <th scope="col">Date</th>
          <th scope="col" class="number">
            TKI day
          </th>
          <th scope="col" class="number">
            Delta
          </th>
          <th scope="col">Probability (95 %)</th>
          <th scope="col" class="number">
            mm
          </th>
        </tr>
      </thead>
      {points.map((point) => (
        <tbody>
          <PointRow point={point} />
          {notesOn(point).length > 0 && (
            <tr>
              <td colspan={5} class="hint">
                {notesOn(point).join('; ')}
              </td>
            </tr>
          )}
        </tbody>
      ))}
    </table>
  </div>
);

const PointRow = ({ point }: { point: CoursePoint }) => {
  const { StudyInstanceUID, StudyDate, delta, probability, interval, category, diameterMm } = point;
  return (
    <tr>
      <th scope="row">
        <a href={`/cases/${StudyInstanceUID}`}>{visible(dayOf(StudyDate), 20) || 'no date'}</a>
      </th>
      <td class="number">{point.daysSinceTkiStart ?? <None />}</td>
      <td class="number">{delta === null ? <None /> : rounded(delta)}</td>
      <td>
        {probability === null ? <None /> : percent(probability)}
        {interval && ` (${Math.round(interval[0] * 100)} to ${percent(interval[1])})`}
        {category && `, ${inWords(category)}`}
      </td>
      <td class="number">{diameterMm === null ? <None /> : diameterMm.toFixed(1)}</td>
    </tr>
  );
};
