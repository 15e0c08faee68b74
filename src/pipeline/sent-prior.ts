/** A study that was fetched as a prior and is then really sent to us is a case of its own. */
import type { Header } from '../dicom/header.ts';
import { sopClass } from '../dicom/sop-class.ts';
import type { World } from './world.ts';

/**
 * Takes the mark of a prior from the study of an image that nobody here has asked for, and opens it again: its objects may
 * all be here already. A mask does not count: people draw on priors. Whose C-STORE answers a C-MOVE cannot be told for
 * certain (archives send under other AE titles, and after the time limit), so that an image counts as asked for until
 * twice the limit of a retrieval after it was asked for by C-MOVE.
 */
export async function openSentPrior(
  { catalogue, priors }: Pick<World, 'catalogue' | 'priors'>,
  { SOPClassUID, StudyInstanceUID }: Header,
): Promise<void> {
  if (!priors || priors.archives.length === 0 || sopClass(SOPClassUID)?.role !== 'image') return;
  if (!(await priors.fetches.isPrior(StudyInstanceUID))) return;
  if (await priors.fetching.has(StudyInstanceUID)) return;
  const moving = priors.archives.filter(({ sendsToListener }) => sendsToListener).map(({ name }) => name);
  const askedAt = await priors.fetches.lastTryOf(StudyInstanceUID, moving);
  const elapsedMs = catalogue.clock().getTime() - (askedAt?.getTime() ?? 0);
  if (elapsedMs < 2 * priors.retrieveTimeoutSeconds * 1000) return;
  await priors.fetches.unmarkPrior(StudyInstanceUID, [catalogue.event(StudyInstanceUID, 'prior.sent', {})]);
}
