/** The table of all pages: what is not here is not reached. */
import type { Areas } from '../../src/startup/operations.ts';
import { casePages } from './pages/case.tsx';
import { caseActionPages } from './pages/case-actions.tsx';
import { healthPages } from './pages/health.tsx';
import { notificationPages } from './pages/notifications.tsx';
import { reportPages } from './pages/report.tsx';
import { rulePages } from './pages/rules.tsx';
import { userPages } from './pages/users.tsx';
import { worklistPages } from './pages/worklist.tsx';
import type { PageRoute } from './route.ts';

export const pagesOf = ({ cases, health, notifications, orders, rules, users }: Areas): PageRoute[] => [
  ...worklistPages(cases),
  ...casePages({ cases, orders }),
  ...caseActionPages(orders),
  ...reportPages(cases),
  ...healthPages(health),
  ...notificationPages(notifications),
  ...rulePages(rules),
  ...userPages(users),
];
