/** Which reports a Key Object Selection takes back, whoever wrote it (IHE RAD IOCM): the other way round of rejection-note.ts. */
import type { Dataset } from '../dicom/part10.ts';
import { KEY_OBJECT_SELECTION } from '../dicom/sop-class.ts';
import { isUid } from '../dicom/uid.ts';
import { sameCode } from './codes.ts';
import { SR_SOP_CLASSES } from './identity.ts';
import { codeIn, itemsOf, textOf } from './read-tree.ts';
import { REJECTION_TITLES } from './rejection-note.ts';

/** A note about more reports is none of ours to keep. */
const MOST_REPORTS = 100;

/** SOP Instance UIDs of SRs in the classes of ours; none for any other document. Never throws. */
export function rejectedReports(dataset: Dataset): readonly string[] {
  const title = codeIn(dataset, 'ConceptNameCodeSequence');
  const isRejection = title && Object.values(REJECTION_TITLES).some((each) => sameCode(each, title));
  if (!isRejection || textOf(dataset, 'SOPClassUID') !== KEY_OBJECT_SELECTION) return [];
  const uids = itemsOf(dataset, 'ContentSequence')
    .flatMap((item) => itemsOf(item, 'ReferencedSOPSequence'))
    .filter((reference) =>
      Object.values<string>(SR_SOP_CLASSES).includes(textOf(reference, 'ReferencedSOPClassUID')),
    )
    .map((reference) => textOf(reference, 'ReferencedSOPInstanceUID'));
  return [...new Set(uids.filter(isUid))].slice(0, MOST_REPORTS);
}
