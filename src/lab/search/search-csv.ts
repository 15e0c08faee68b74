import { csvLine } from '../../tables/csv.ts';
import type { Candidate, FitRecord, SearchRecord } from '../record.ts';

/** All candidates of all searches, one a line: what was chosen is marked, what could not be fitted says why. */
export function searchCsv({ scouts, final }: Pick<FitRecord, 'scouts' | 'final'>): string {
  const searches = [
    ...scouts.map((scout) => [`scout ${scout.image}`, scout] as const),
    ['final', final] as const,
  ];
  const folds = final.choice.foldAuc.map((_, fold) => `foldAuc${fold + 1}`);
  const header = [
    'search',
    'selector',
    'classifier',
    'k',
    'pooledAuc',
    'pooledSe',
    'meanFoldAuc',
    ...folds,
    'chosen',
    'because',
  ];
  return [header, ...searches.flatMap(([name, search]) => linesOf(name, search, folds.length))]
    .map(csvLine)
    .join('');
}

function linesOf(name: string, { table, failed, choice }: SearchRecord, folds: number): string[][] {
  const isChoice = ({ selector, classifier, k }: Candidate): boolean =>
    selector === choice.selector && classifier === choice.classifier && k === choice.k;
  const fitted = table.map((each) => [
    ...[name, each.selector, each.classifier, `${each.k}`],
    ...[each.pooledAuc, each.pooledSe, each.meanFoldAuc, ...each.foldAuc].map(String),
    ...[isChoice(each) ? 'yes' : '', ''],
  ]);
  const blank = Array<string>(folds + 4).fill('');
  const unfitted = failed.map((each) => [
    name,
    each.selector,
    each.classifier,
    `${each.k}`,
    ...blank,
    each.because,
  ]);
  return [...fitted, ...unfitted];
}
