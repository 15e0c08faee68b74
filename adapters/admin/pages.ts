/** The table of all pages: what is not here is not reached. */
import type { Areas } from '../../src/startup/operations.ts';
import { casePages } from './pages/case.tsx';
import { caseActionPages } from './pages/case-actions.tsx';
import { healthPages } from './pages/health.tsx';
import { nodePages } from './pages/nodes.tsx';
import { notificationPages } from './pages/notifications.tsx';
import { reportPages } from './pages/report.tsx';
import { setupPages } from './pages/setup.tsx';
import { userPages } from './pages/users.tsx';
import { worklistPages } from './pages/worklist.tsx';
import type { PageRoute } from './route.ts';

export const pagesOf = ({
  cases,
  configuration,
  health,
  nodes,
  notifications,
  orders,
  setup,
  users,
}: Areas): PageRoute[] => [
  ...worklistPages(cases),
  ...casePages({ cases, orders }),
  ...caseActionPages(orders),
  ...reportPages(cases),
  ...nodePages({ nodes, configuration }),
  ...healthPages(health),
  ...notificationPages(notifications),
  ...userPages(users),
  ...setupPages({ setup, configuration }),
];
