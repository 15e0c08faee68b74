/** The table of all pages: what is not here is not reached. */
import type { Areas } from '../../src/startup/operations.ts';
import { casePages } from './pages/case.tsx';
import { caseActionPages } from './pages/case-actions.tsx';
import { healthPages } from './pages/health.tsx';
import { modelPages } from './pages/models.tsx';
import { notificationPages } from './pages/notifications.tsx';
import { patientTablePages } from './pages/patient-tables.tsx';
import { patientPage, patientPages } from './pages/patients.tsx';
import { reportPages } from './pages/report.tsx';
import { userPages } from './pages/users.tsx';
import { worklistPages } from './pages/worklist.tsx';
import type { PageRoute } from './route.ts';

export const pagesOf = ({
  cases,
  health,
  models,
  notifications,
  orders,
  patients,
  users,
}: Areas): PageRoute[] => [
  ...worklistPages(cases),
  ...casePages({ cases, orders }),
  ...caseActionPages(orders),
  ...reportPages(cases),
  ...patientPages(patients),
  ...patientTablePages(patients),
  ...patientPage(patients),
  ...healthPages(health),
  ...notificationPages(notifications),
  ...modelPages(models),
  ...userPages(users),
];
