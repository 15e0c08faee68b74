/** Which content items may stand below which (PS3.3 A.35.3.3, Comprehensive SR), for the value types that Earshot writes. */

export const VALUE_TYPES = [
  'CONTAINER',
  'TEXT',
  'CODE',
  'NUM',
  'UIDREF',
  'IMAGE',
  'COMPOSITE',
  'SCOORD',
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

export const RELATIONSHIPS = [
  'CONTAINS',
  'HAS OBS CONTEXT',
  'HAS ACQ CONTEXT',
  'HAS CONCEPT MOD',
  'HAS PROPERTIES',
  'INFERRED FROM',
  'SELECTED FROM',
] as const;
export type Relationship = (typeof RELATIONSHIPS)[number];

const EVERY: readonly ValueType[] = VALUE_TYPES;
const STATEMENTS: readonly ValueType[] = ['TEXT', 'CODE', 'NUM'];

const ALLOWED: Readonly<
  Record<Relationship, Readonly<{ sources: readonly ValueType[]; targets: readonly ValueType[] }>>
> = {
  CONTAINS: { sources: ['CONTAINER'], targets: EVERY },
  'HAS OBS CONTEXT': {
    sources: ['CONTAINER', 'TEXT', 'CODE', 'NUM'],
    targets: ['TEXT', 'CODE', 'NUM', 'UIDREF', 'COMPOSITE'],
  },
  'HAS ACQ CONTEXT': {
    sources: ['CONTAINER', 'IMAGE', 'COMPOSITE', 'NUM'],
    targets: ['TEXT', 'CODE', 'NUM', 'UIDREF', 'CONTAINER'],
  },
  'HAS CONCEPT MOD': { sources: EVERY, targets: ['TEXT', 'CODE'] },
  'HAS PROPERTIES': { sources: STATEMENTS, targets: EVERY },
  'INFERRED FROM': { sources: STATEMENTS, targets: EVERY },
  'SELECTED FROM': { sources: ['SCOORD'], targets: ['IMAGE'] },
};

/** Whether the IOD lets `target` stand below `source` by value in this relationship. */
export const isAllowed = (source: ValueType, relationship: Relationship, target: ValueType): boolean =>
  ALLOWED[relationship].sources.includes(source) && ALLOWED[relationship].targets.includes(target);
