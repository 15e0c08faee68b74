import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  apply,
  STUDY_EVENTS,
  STUDY_STATES,
  type StudyState,
  TRANSITIONS,
} from '../../../src/study/lifecycle.ts';

describe('lifecycle', () => {
  test('every pair of state and event either leads to a known state or means nothing', () => {
    for (const state of STUDY_STATES) {
      for (const event of STUDY_EVENTS) {
        const next = apply(state, event);
        expect(next === undefined || STUDY_STATES.includes(next), `${state} + ${event}`).toBe(true);
      }
      expect(Object.keys(TRANSITIONS[state]).every((event) => STUDY_EVENTS.includes(event as never))).toBe(
        true,
      );
    }
  });

  test('an object that arrives re-opens a case in every state', () => {
    expect(STUDY_STATES.map((state) => apply(state, 'objectArrived'))).toEqual(
      STUDY_STATES.map(() => 'receiving'),
    );
  });

  test('only a case whose inputs were found can be scored, and only a scored case is reported anew', () => {
    const scorable = STUDY_STATES.filter((state) => apply(state, 'scoringStarted') === 'scoring');
    expect(scorable).toEqual(['ready', 'scoring']);
    expect(STUDY_STATES.filter((state) => apply(state, 'scored'))).toEqual(['scoring']);
  });

  test('a study still arriving is neither judged nor delivered', () => {
    const meaningful = STUDY_EVENTS.filter((event) => apply('receiving', event));
    expect(meaningful).toEqual(['objectArrived', 'becameQuiet']);
  });

  test('only waiting cases expire', () => {
    expect(STUDY_STATES.filter((state) => apply(state, 'expired'))).toEqual([
      'waitingForBaseline',
      'waitingForMask',
    ]);
  });

  test('no sequence of events leaves the table', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STUDY_EVENTS)), (events) => {
        const end = events.reduce<StudyState>((state, event) => apply(state, event) ?? state, 'receiving');
        expect(STUDY_STATES).toContain(end);
      }),
    );
  });
});
