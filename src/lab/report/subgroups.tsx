/** By scanner, site and kernel, and with one site left out. */
import type { AucEstimate, LeaveOneSiteOut, Subgroup } from '../evaluate/evaluation.ts';
import type { Figure } from './figure.ts';
import { forestFigure } from './figures/forest.ts';
import { aucRow } from './more-than-time.tsx';
import { Foreign, type Html, Table } from './parts.tsx';
import { aucText, plain } from './words.ts';

const hasAuc = <T extends Readonly<{ auc: AucEstimate | null }>>(each: T): each is T & { auc: AucEstimate } =>
  each.auc !== null;

const named = (value: string): string => (plain(value) === '' ? 'not known' : plain(value, 30));

/** null: no group has both classes */
export function subgroupFigure(name: string, subgroups: readonly Subgroup[]): Figure | null {
  const rows = subgroups
    .filter(hasAuc)
    .map(({ by, value, n, auc }) => aucRow(`${by}: ${named(value)}, n = ${n}`, auc, false));
  if (rows.length === 0) return null;
  return forestFigure(name, {
    title: `AUC by group in ${plain(subgroups[0]?.cohort ?? '', 60)}`,
    axis: 'AUC with 95 % interval',
    rows,
    references: [{ at: 0.5, text: 'chance' }],
  });
}

export const SubgroupTable = ({ subgroups }: { subgroups: readonly Subgroup[] }): Html => (
  <Table
    caption="Results by scanner, site and kernel"
    note="Groups are small: intervals that overlap say nothing of a difference."
    columns={['Group', 'By', 'Cohort', 'Rows', 'Events', 'AUC (95 % interval)']}
    rows={subgroups.map(({ cohort, by, value, n, events, auc }) => [
      <Foreign text={value === '' ? 'not known' : value} most={60} />,
      by,
      <Foreign text={cohort} most={40} />,
      n,
      events,
      auc ? aucText(auc) : 'too few of one class',
    ])}
  />
);

export function siteFigure(name: string, sites: readonly LeaveOneSiteOut[]): Figure | null {
  const rows = sites.filter(hasAuc).map(({ site, n, auc }) => aucRow(`${named(site)}, n = ${n}`, auc, true));
  if (rows.length === 0) return null;
  return forestFigure(name, {
    title: 'AUC at each site of a model fitted without it',
    axis: 'AUC with 95 % interval',
    rows,
    references: [{ at: 0.5, text: 'chance' }],
  });
}

export const SiteTable = ({ sites }: { sites: readonly LeaveOneSiteOut[] }): Html => (
  <Table
    caption="Leave one site out"
    note="The model is fitted to all other sites and judged at the one left out."
    columns={['Site', 'Rows', 'Events', 'AUC (95 % interval)', 'Remark']}
    rows={sites.map(({ site, n, events, auc, because }) => [
      <Foreign text={site === '' ? 'not known' : site} most={60} />,
      n,
      events,
      auc ? aucText(auc) : 'none',
      <Foreign text={because} most={300} />,
    ])}
  />
);
