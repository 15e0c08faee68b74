import type { MatterKind } from './settings.ts';

/** Numbers, codes and names of nodes; never patient data: it is kept in the catalogue and sent to strangers. */
export type Detail = Readonly<Record<string, string | number | boolean | null>>;

/** Something that a person should know of while it stands. */
export type Matter = Readonly<{
  /** kind and subject: unique */
  id: string;
  kind: MatterKind;
  /** a StudyInstanceUID, the name of a node, or what is wrong with the disk */
  subject: string;
  since: Date;
  detail: Detail;
}>;

/** A matter as the catalogue knows it. */
export type Alert = Matter & Readonly<{ clearedAt: Date | null }>;

/** new: not told before; still: told before, and it lasts; over: it was told, or would have been. */
export type MatterState = 'new' | 'still' | 'over';
export type ToldMatter = Readonly<{ state: MatterState; alert: Alert }>;

export const matter = (
  kind: MatterKind,
  subject: string,
  since: Date,
  detail: Detail,
  what = subject,
): Matter => ({ id: `${kind} ${what}`, kind, subject, since, detail });
