import type { LabReport } from '../lab/report/parts.tsx';

/** report.html, and its pictures in the folder `figures`: content by name. */
export const reportFiles = ({ html, svgs }: LabReport): Readonly<Record<string, string>> => ({
  'report.html': html,
  ...Object.fromEntries(Object.entries(svgs).map(([name, svg]) => [`figures/${name}.svg`, svg])),
});
