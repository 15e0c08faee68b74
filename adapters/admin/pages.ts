/** The table of all pages: what is not here is not reached. */
import type { Areas } from '../../src/startup/operations.ts';
import { patientTablePages } from './pages/patient-tables.tsx';
import { patientPage, patientPages } from './pages/patients.tsx';
import { userPages } from './pages/users.tsx';
import { worklistPages } from './pages/worklist.tsx';
import type { PageRoute } from './route.ts';

export const pagesOf = ({ cases, patients, users }: Areas): PageRoute[] => [
  ...worklistPages(cases),
  ...patientPages(patients),
  ...patientTablePages(patients),
  ...patientPage(patients),
  ...userPages(users),
];
