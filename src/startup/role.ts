/** What a process of `earshot serve` is for. */
export const ROLES = ['all', 'receive', 'work', 'admin'] as const;
export type Role = (typeof ROLES)[number];

type Does = Readonly<{
  /** takes DIMSE associations and STOW-RS requests */
  receives: boolean;
  /** runs jobs: matches, measures, reports, delivers */
  works: boolean;
  /** has the pages and the API */
  administers: boolean;
  /** may have the duties of one process at a time (duties.ts) */
  leads: boolean;
}>;

/** Who receives does nothing else, so that no sender waits for it. */
export const DOES: Readonly<Record<Role, Does>> = {
  all: { receives: true, works: true, administers: true, leads: true },
  receive: { receives: true, works: false, administers: false, leads: false },
  work: { receives: false, works: true, administers: false, leads: true },
  admin: { receives: false, works: false, administers: true, leads: true },
};
