/** What the pages of nodes share. */
import type { Areas } from '../../../src/startup/operations.ts';
import type { Html } from '../html.ts';
import { ageOf, Badge } from '../layout.tsx';

export type NodeAreas = Pick<Areas, 'nodes' | 'configuration'>;
export type Standing = Awaited<ReturnType<Areas['nodes']['standing']['run']>>[number];
export type Kind = Standing['kinds'][number]['kind'];
export type Check = NonNullable<Standing['kinds'][number]['newest']>;

export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  echo: 'Echo',
  find: 'Query',
  move: 'Retrieve',
  store: 'Store',
  web: 'DICOMweb services',
  certificate: 'Certificate',
};

export const pathOf = (name: string): string => `/nodes/${encodeURIComponent(name)}`;

export const saidOf = (state: 'applied' | 'pending' | 'rejected', done: string): string =>
  state === 'pending' ? 'The change waits for another administrator, under Configuration.' : done;

const OUTCOME_TONES = { passed: 'ok', failed: 'failed', skipped: 'off' } as const;

export const Outcome = ({ check }: { check: Check }): Html => (
  <Badge tone={OUTCOME_TONES[check.outcome]}>{check.outcome}</Badge>
);

export const age = (at: string): string => `${ageOf(Date.now() - Date.parse(at))} ago`;
