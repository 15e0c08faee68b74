import type { MatterState } from './matter.ts';
import type { MatterKind } from './settings.ts';

/** One matter as a message tells it. */
export type MessageMatter = Readonly<{
  kind: MatterKind;
  state: MatterState;
  /** a StudyInstanceUID, the name of a node, or what is wrong with the disk */
  subject: string;
  /** ISO 8601 */
  since: string;
  /** a sentence or two */
  text: string;
  link: string | null;
}>;

/** What goes out on every channel, each in its own form. `subject` never holds patient data. */
export type Message = Readonly<{
  /** the same when the same message has to be sent once more: a receiver may drop the second */
  id: string;
  /** ISO 8601 */
  at: string;
  installation: string;
  isTest: boolean;
  /** one line */
  subject: string;
  text: string;
  html: string;
  matters: readonly MessageMatter[];
}>;
