/** The table of all pages: what is not here is not reached. */
import type { Areas } from '../../src/startup/operations.ts';
import { auditPages } from './pages/audit.tsx';
import { configurationPages } from './pages/configuration.tsx';
import { changePages } from './pages/configuration-change.tsx';
import { editPages } from './pages/configuration-edit.tsx';
import { importPages } from './pages/configuration-import.tsx';
import { userPages } from './pages/users.tsx';
import { worklistPages } from './pages/worklist.tsx';
import type { PageRoute } from './route.ts';

export const pagesOf = ({ audit, cases, configuration, users }: Areas): PageRoute[] => [
  ...worklistPages(cases),
  ...configurationPages(configuration),
  ...changePages(configuration),
  ...editPages(configuration),
  ...importPages(configuration),
  ...auditPages(audit),
  ...userPages(users),
];
