/** The table of all pages: what is not here is not reached. */
import type { Areas } from '../../src/startup/operations.ts';
import { userPages } from './pages/users.tsx';
import { worklistPages } from './pages/worklist.tsx';
import type { PageRoute } from './route.ts';

export const pagesOf = ({ cases, users }: Areas): PageRoute[] => [
  ...worklistPages(cases),
  ...userPages(users),
];
