/** What the parts of the page of a case are drawn from. */
import type { Areas } from '../../../src/startup/operations.ts';
import { type Frame, mayDo } from '../layout.tsx';

export type CaseView = Awaited<ReturnType<Areas['cases']['view']['run']>>;
export type Possible = Awaited<ReturnType<Areas['orders']['possible']['run']>>;

export const mayAct = ({ who, isLocked }: Frame): boolean =>
  who !== undefined && mayDo(who.role, 'operator') && !isLocked;
