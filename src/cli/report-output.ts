import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabReport } from '../lab/report/parts.tsx';

/** report.html, and its pictures in the folder `figures`. Both folders are made. */
export function writeReport(folder: string, { html, svgs }: LabReport): void {
  const figures = join(folder, 'figures');
  mkdirSync(figures, { recursive: true });
  writeFileSync(join(folder, 'report.html'), html);
  for (const [name, svg] of Object.entries(svgs)) writeFileSync(join(figures, `${name}.svg`), svg);
}
