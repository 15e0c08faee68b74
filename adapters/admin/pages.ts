/** The table of all pages: what is not here is not reached. */
import type { Areas } from '../../src/startup/operations.ts';
import { auditPages } from './pages/audit.tsx';
import { casePages } from './pages/case.tsx';
import { caseActionPages } from './pages/case-actions.tsx';
import { configurationPages } from './pages/configuration.tsx';
import { changePages } from './pages/configuration-change.tsx';
import { editPages } from './pages/configuration-edit.tsx';
import { importPages } from './pages/configuration-import.tsx';
import { healthPages } from './pages/health.tsx';
import { modelPages } from './pages/models.tsx';
import { nodePages } from './pages/nodes.tsx';
import { notificationPages } from './pages/notifications.tsx';
import { patientTablePages } from './pages/patient-tables.tsx';
import { patientPage, patientPages } from './pages/patients.tsx';
import { reportPages } from './pages/report.tsx';
import { rulePages } from './pages/rules.tsx';
import { setupPages } from './pages/setup.tsx';
import { userPages } from './pages/users.tsx';
import { worklistPages } from './pages/worklist.tsx';
import type { PageRoute } from './route.ts';

export const pagesOf = (areas: Areas): PageRoute[] => [
  ...worklistPages(areas.cases),
  ...casePages(areas),
  ...caseActionPages(areas.orders),
  ...reportPages(areas.cases),
  ...patientPages(areas.patients),
  ...patientTablePages(areas.patients),
  ...patientPage(areas.patients),
  ...nodePages(areas),
  ...rulePages(areas.rules),
  ...modelPages(areas.models),
  ...healthPages(areas.health),
  ...notificationPages(areas.notifications),
  ...configurationPages(areas.configuration),
  ...changePages(areas.configuration),
  ...editPages(areas.configuration),
  ...importPages(areas.configuration),
  ...auditPages(areas.audit),
  ...userPages(areas.users),
  ...setupPages(areas),
];
