/** What a dry run says of a file: what it is, and what would become of it. */
import type { Areas } from '../../../src/startup/operations.ts';
import { Badge } from '../layout.tsx';
import { visible } from '../shown.tsx';
import { EligibilityShown, RegionTable } from './dry-run-rules.tsx';

export type FileRun = Awaited<ReturnType<Areas['rules']['dryRunFile']['run']>>;

const ROLES = {
  image: 'an image to be measured',
  mask: 'a mask',
  report: 'a report',
  other: 'something else',
} as const;
const OUTCOMES = {
  kept: { word: 'kept', tone: 'ok', means: 'It would be stored and used.' },
  ignored: { word: 'ignored', tone: 'off', means: 'It would be answered with success, and dropped.' },
  refused: { word: 'refused', tone: 'failed', means: 'It would be answered with an error.' },
} as const satisfies Readonly<Record<FileRun['outcome'], unknown>>;

export const FileShown = ({ run }: { run: FileRun }) => (
  <>
    <section class="card" aria-labelledby="file-said">
      <h2 id="file-said">What would become of the file</h2>
      <dl class="facts">
        <dt>It is</dt>
        <dd>
          {run.sopClass ?? 'no object that we know'}
          {run.role !== null && `: ${ROLES[run.role]}`}
        </dd>
        <dt>Transfer syntax</dt>
        <dd>{run.transferSyntax ?? 'none that we know'}</dd>
        <dt>If it were sent</dt>
        <dd>
          <Badge tone={OUTCOMES[run.outcome].tone}>{OUTCOMES[run.outcome].word}</Badge>{' '}
          {OUTCOMES[run.outcome].means}
        </dd>
        {run.problems.length > 0 && (
          <>
            <dt>Problem</dt>
            <dd>
              {run.problems.map(({ text }) => (
                <div>{visible(text, 600)}</div>
              ))}
            </dd>
          </>
        )}
        {run.outcome === 'kept' && run.role === 'image' && <ImageFacts run={run} />}
      </dl>
    </section>
    {run.regions && (
      <>
        <h2>Regions</h2>
        <RegionTable regions={run.regions} caption="What the ROI rules make of each region" />
      </>
    )}
    {run.outcome === 'kept' && (
      <>
        <h2>Eligibility, as far as this file decides it</h2>
        <EligibilityShown rules={run.eligibility} />
      </>
    )}
  </>
);

const ImageFacts = ({ run }: { run: FileRun }) => (
  <>
    <dt>Missing attributes</dt>
    <dd>{run.missing.length === 0 ? 'none that measuring needs' : run.missing.join(', ')}</dd>
    <dt>As a baseline</dt>
    <dd>
      {run.seriesRuledOut === null
        ? 'its header does not rule the series out'
        : `its series is ruled out: ${visible(run.seriesRuledOut, 300)}`}
    </dd>
  </>
);
