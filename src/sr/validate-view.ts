/** Assertions on a finished view: those of every document of ours, and what a reader that draws coordinates stumbles over. */
import type { Dataset } from '../dicom/part10.ts';
import { Fault } from '../fault.ts';
import { CODES, sameCode } from './codes.ts';
import { type ReadItem, readTree, textOf } from './read-tree.ts';
import { below, documentRules, readable } from './validate.ts';

function* viewRules(root: ReadItem): Generator<string> {
  if (!root.concept || !sameCode(root.concept, CODES.imagingMeasurementReport))
    yield 'title: the document title is not (126000, DCM)';
  if (root.template !== '1500') yield 'template-id: the root does not name TID 1500';
  const [measurements] = below(root, CODES.imagingMeasurements);
  const groups = below(measurements, CODES.measurementGroup);
  if (groups.length !== 1) yield 'groups: not one TID 1410 group';
  for (const group of groups) yield* groupRules(group);
}

/** OHIF takes the first UIDREF of a group as its tracking UID, and the only item below an outline as its image. */
function* groupRules(group: ReadItem): Generator<string> {
  const { path, template, children } = group;
  if (template !== '1410') yield `template-id: ${path} does not name TID 1410`;
  const outlines = children.filter(({ valueType }) => valueType === 'SCOORD');
  if (outlines.length !== 1) yield `region: ${path} does not have exactly one outline`;
  for (const outline of outlines)
    if (outline.children.length !== 1) yield `region: ${outline.path} does not lie on exactly one image`;
  if (below(group, CODES.trackingIdentifier).length !== 1) yield `tracking: ${path} has no identifier`;
  if (trackingUid(group) === undefined) yield `tracking: the first UID of ${path} is not its tracking UID`;
}

function trackingUid({ children }: ReadItem): string | undefined {
  const first = children.find(({ valueType }) => valueType === 'UIDREF');
  const isTracking = first?.concept !== undefined && sameCode(first.concept, CODES.trackingUid);
  return first && isTracking ? textOf(first.dataset, 'UID') : undefined;
}

/** Everything that is wrong with a finished view; each line begins with the name of its rule. */
export function viewFaults(dataset: Dataset): readonly string[] {
  const root = readTree(dataset);
  return [...documentRules(dataset, root), ...viewRules(root)];
}

/** Throws REPORT_INVALID with the names of the rules that the bytes break. */
export function validateView(bytes: Uint8Array): void {
  const faults = viewFaults(readable(bytes));
  if (faults.length > 0) throw new Fault('REPORT_INVALID', faults.slice(0, 5).join('; '));
}
