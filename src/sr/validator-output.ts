/** What our own assertions say of a stored document, line by line, to be read by a person. */
import type { Dataset } from '../dicom/part10.ts';
import { sopClass } from '../dicom/sop-class.ts';
import { CODES, sameCode } from './codes.ts';
import { codeIn, textOf } from './read-tree.ts';
import { readable, reportFaults } from './validate.ts';
import { viewFaults } from './validate-view.ts';

type Checked = Readonly<{ rules: string; faultsOf: (dataset: Dataset) => readonly string[] }>;

function rulesFor(dataset: Dataset): Checked | undefined {
  const title = codeIn(dataset, 'ConceptNameCodeSequence');
  if (!title) return undefined;
  if (sameCode(title, CODES.oncologyMeasurementReport))
    return {
      rules: 'report: header, items, evidence, TID 1500 with TID 1411 and TID 1501',
      faultsOf: reportFaults,
    };
  if (sameCode(title, CODES.imagingMeasurementReport))
    return { rules: 'view: header, items, evidence, TID 1500 with TID 1410', faultsOf: viewFaults };
  return undefined;
}

/** Plain text, a line each; the last one says how many faults there are. Without values of the patient. Faults: REPORT_INVALID. */
export function validatorOutput(bytes: Uint8Array): string {
  const dataset = readable(bytes);
  const SOPClassUID = textOf(dataset, 'SOPClassUID');
  const name = sopClass(SOPClassUID)?.name;
  const head = [
    `object ${textOf(dataset, 'SOPInstanceUID')}`,
    `SOP class ${SOPClassUID}${name ? ` ${name}` : ''}`,
    `size ${bytes.length} bytes`,
  ];
  const checked = rulesFor(dataset);
  if (!checked) return lines([...head, 'no assertions: neither a report nor a view']);
  const faults = checked.faultsOf(dataset);
  return lines([
    ...head,
    `assertions ${checked.rules}`,
    ...faults,
    faults.length === 0 ? '0 faults' : `${faults.length} fault${faults.length === 1 ? '' : 's'}`,
  ]);
}

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;
