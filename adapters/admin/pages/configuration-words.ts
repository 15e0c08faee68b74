import type { Section } from '../../../src/configuration/section.ts';

/** With the page on which it can be changed by filling in fields. */
export const SECTION_WORDS: Readonly<Record<Section, Readonly<{ name: string; page: string }>>> = {
  nodes: { name: 'Nodes', page: '/nodes' },
  model: { name: 'Model', page: '/models' },
  notifications: { name: 'Notifications', page: '/notifications' },
  'rules/baseline': { name: 'Rules: baseline', page: '/rules' },
  'rules/eligibility': { name: 'Rules: eligibility', page: '/rules' },
  'rules/roi': { name: 'Rules: region of interest', page: '/rules' },
};

export const changePath = (id: number): string => `/configuration/changes/${id}`;
export const editPath = (section: Section): string =>
  `/configuration/edit?section=${encodeURIComponent(section)}`;
