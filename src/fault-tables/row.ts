/** refuse: the sender's or the user's error. retry: the world's error. hold: a person must look. */
export type Disposition = 'refuse' | 'retry' | 'hold';

type FaultRow = Readonly<{ disposition: Disposition; sentence: string; remedy: string }>;

export const row = (disposition: Disposition, sentence: string, remedy: string): FaultRow => ({
  disposition,
  sentence,
  remedy,
});
export type FaultTable = Readonly<Record<string, FaultRow>>;
