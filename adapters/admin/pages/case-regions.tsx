/** Which region is the lesion at a time point: what is here to choose from, so that regions of one name can be told apart. */
import { Shown, visible } from '../shown.tsx';
import { dayOf, timeOf } from '../words.ts';
import type { Possible } from './case-view.ts';

type Side = 'baseline' | 'followUp';
type Option = Possible['regions'][Side][number];

/** What was chosen is chosen here, too: sent as it is, it stays. */
export function Regions({ side, title, possible }: { side: Side; title: string; possible: Possible }) {
  const options = possible.regions[side];
  const chosen = possible.chosen.regions[side];
  const isChosen = ({ SOPInstanceUID, region }: Option): boolean =>
    chosen?.SOPInstanceUID === SOPInstanceUID && chosen.region === region;
  return (
    <fieldset class="stacked">
      <legend>{title}</legend>
      {options.map((option) => (
        <label class="choice">
          <input
            type="radio"
            name={side}
            value={`${option.SOPInstanceUID} ${option.region}`}
            checked={isChosen(option)}
          />
          <span>
            <Shown value={option.name || `region ${option.region}`} most={60} /> <Origin option={option} />
          </span>
        </label>
      ))}
      <label class="choice">
        <input type="radio" name={side} value="" checked={chosen === null} /> as the rules say
      </label>
      {chosen && !options.some(isChosen) && (
        <p class="hint">
          The region that was chosen (number {chosen.region} of …{lastOf(chosen.SOPInstanceUID)}) is not here
          as it was. It stays chosen until another is, or <em>as the rules say</em>.
        </p>
      )}
    </fieldset>
  );
}

const UID_CHARACTERS = 8;
const lastOf = (uid: string): string => visible(uid.slice(-UID_CHARACTERS), UID_CHARACTERS);

const Origin = ({ option }: { option: Option }) => (
  <small>
    region {option.region} of {option.kind} …{lastOf(option.SOPInstanceUID)}, series{' '}
    <Series series={option.maskSeries} />, on CT series <Series series={option.image} />, drawn{' '}
    <Shown value={[dayOf(option.drawnDate), timeOf(option.drawnTime)].filter(Boolean).join(' ')} most={40} />{' '}
    by <Shown value={option.author} most={64} />, <Shown value={option.Manufacturer} most={64} />
  </small>
);

const Series = ({ series: { SeriesNumber, SeriesDescription } }: { series: Option['image'] }) => (
  <>
    {SeriesNumber ?? '–'} <Shown value={SeriesDescription} most={64} />
  </>
);
