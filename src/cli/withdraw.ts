import { isUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { withdraw as withdrawReports } from '../pipeline/withdraw.ts';
import {
  QUALITY_REASONS,
  type QualityReason,
  REJECTION_TITLES,
  type RejectionReason,
} from '../sr/rejection-note.ts';
import { loadConfig } from '../startup/load.ts';
import { openBeside } from '../startup/open-beside.ts';
import { AUTHOR, audited } from './audited.ts';
import { type Command, parse, required } from './command.ts';

const REASONS = Object.keys(REJECTION_TITLES).join(', ');
const QUALITIES = Object.keys(QUALITY_REASONS).join(', ');

/** `earshot withdraw UID`: takes reports back, by a rejection note to every destination that has them. */
export const withdraw: Command = {
  usage: `Usage: earshot withdraw UID --reason REASON --text "WHY" [--what WHAT] [--config earshot.yaml]

UID is the SOP Instance UID of a report, or of something that went beside it (picture, PDF, segmentation), or the Study Instance UID of a case: then all of its reports are withdrawn.
A rejection note (Key Object Selection, IHE IOCM) goes to every destination that has them, or what went beside them, or
may have it, and the case is held. A running service sends it; a stopped one when it starts. Nothing is deleted here.
  --reason REASON  ${REASONS}; or the code
  --text WHY       in words, at most 1024 characters: they go into the PACS
  --what WHAT      for quality: ${QUALITIES} (default other)`,
  run: async (args) => {
    const { values, positionals } = parse(
      args,
      {
        config: { type: 'string', default: 'earshot.yaml' },
        reason: { type: 'string' },
        what: { type: 'string', default: 'other' },
        text: { type: 'string' },
      },
      1,
    );
    const [uid = ''] = positionals;
    if (!isUid(uid)) throw new Fault('USAGE', 'withdraw takes the UID of a report or of a study');
    const reason = reasonOf(required(values.reason, '--reason'));
    const text = required(values.text?.trim(), '--text');
    if (text.length > 1024) throw new Fault('USAGE', '--text has at most 1024 characters');
    if (!Object.hasOwn(QUALITY_REASONS, values.what)) throw new Fault('USAGE', `--what knows: ${QUALITIES}`);
    const quality = values.what as QualityReason;
    const config = loadConfig(values.config);
    await using world = await openBeside(config, { isThere: true });
    const { installationUid } = world;
    const request = { reason, quality, text, installationUid, author: AUTHOR };
    const line = { action: 'orders.withdraw', subject: { kind: 'report', id: uid }, reason: text } as const;
    const done = await audited(world, config, line, () => withdrawReports(world, uid, request));
    if (!done) {
      console.log('Withdrawn already. Nothing was changed.');
      return 0;
    }
    for (const report of done.reports) console.log(`withdrawn ${report}`);
    for (const note of done.otherNotes) console.log(`note ${note} in another study`);
    console.log(
      `note ${done.note} for ${done.destinations.join(', ') || 'nobody: no destination has the report'}`,
    );
    return 0;
  },
};

function reasonOf(text: string): RejectionReason {
  const found = Object.entries(REJECTION_TITLES).find(
    ([name, { CodeValue }]) => text === name || text === CodeValue,
  );
  if (!found) throw new Fault('USAGE', `--reason knows: ${REASONS}`);
  return found[0] as RejectionReason;
}
