/** The file of a frozen version, read again. */
import { z } from 'zod';
import { Fault } from '../../fault.ts';
import type { FrozenVersion } from './local.ts';

const count = z.int().nonnegative();
const moments = z.strictObject({
  mean: z.number(),
  sd: z.number().nonnegative(),
  effective: z.number(),
  se: z.strictObject({ mean: z.number(), sd: z.number() }),
});
const both = { plain: moments, balanced: moments.nullable() };

const frozenVersion = z.strictObject({
  version: z.string().regex(/^v[1-9]\d*$/),
  model: z.strictObject({ id: z.string(), version: z.string() }),
  frozenOn: z.iso.date(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  n: count,
  mix: z.strictObject({ early: count, late: count, unknown: count }),
  stage: z.enum(['deltaOnly', 'provisional', 'normal']),
  isLopsided: z.boolean(),
  weighting: z.enum(['plain', 'balanced']),
  features: z.array(z.strictObject({ name: z.string(), ...both, winsorised: z.strictObject(both) })).min(1),
});

/** Throws INPUT_INVALID with the field. */
export function parseFrozenVersion(text: string, file: string): FrozenVersion {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Fault('INPUT_INVALID', `${file} is no JSON`);
  }
  const parsed = frozenVersion.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Fault('INPUT_INVALID', `${file}, ${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
}
