/** Fields that many operations have. */
import { z } from 'zod';
import { isUid } from '../dicom/uid.ts';

/** Asked with every change. */
export const reason = z.string().trim().min(1).max(500);
export const uid = z.string().refine(isUid, 'a DICOM UID');
/** A moment in an answer. */
export const moment = z.iso.datetime();
