/** Which visits stand behind a normalisation. */
/** A mix is lopsided when early or late visits, as far as known, are fewer than this share of all. */
const SMALLEST_SHARE = 1 / 3;

/** Unknown visits could be of either kind, so they count for neither. */
export const isLopsided = ({ early, late }: Readonly<{ early: number; late: number }>, n: number): boolean =>
  Math.min(early, late) < n * SMALLEST_SHARE;
