import type { Log } from '../../src/ports.ts';

type Line = Readonly<{ level: string; event: string; fields: unknown }>;

/** A log that keeps its lines, so that a test can look for what must and what must not be in them. */
export function keptLog(): Log & { lines: Line[] } {
  const lines: Line[] = [];
  const at =
    (level: string): Log['info'] =>
    (event, fields = {}) =>
      void lines.push({ level, event, fields });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}
