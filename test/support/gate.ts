import type { AuditLine, Gate } from '../../src/api/perform.ts';

/** A gate whose audit trail is where `write` puts the lines: one for each deed, when it is known what came of it. */
export const gateTo = (
  write: (line: AuditLine) => unknown = () => undefined,
  isLocked: () => boolean = () => false,
): Gate => ({
  isLocked,
  audit: async (line) => void (await write(line)),
  begin: async () => async (lines) => {
    for (const line of lines) await write(line);
  },
});
