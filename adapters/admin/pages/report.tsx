/** A report just as it was sent: item by item, with what the checks say of it. */
import type { Areas } from '../../../src/startup/operations.ts';
import { Uid } from '../layout.tsx';
import { type PageRoute, page } from '../route.ts';
import { Shown, visible } from '../shown.tsx';

type Cases = Areas['cases'];
type Preview = Awaited<ReturnType<Cases['preview']['run']>>;
type Item = NonNullable<Preview['root']>;
type Attribute = Preview['header'][number];

export const reportPages = (cases: Cases): PageRoute[] => [
  page('/cases/:uid/reports/:report', 'viewer', async ({ run, fields, show }) => {
    const input = { StudyInstanceUID: fields['uid'], SOPInstanceUID: fields['report'] };
    const preview = await run(cases.preview, input);
    const base = `/api/cases/${input.StudyInstanceUID}/reports/${input.SOPInstanceUID}`;
    return show(
      'As it was sent',
      <>
        <p class="row">
          <a href={`/cases/${input.StudyInstanceUID}`}>Back to the case</a>
          <a href={`${base}/object`}>The object (DICOM)</a>
          {preview.root && <a href={`${base}/validator`}>What the checks say (text)</a>}
        </p>
        {preview.isCut && <p class="note">It is longer than a page; the rest is in the object.</p>}
        {preview.root ? (
          <section class="card" aria-labelledby="content">
            <h2 id="content">Content</h2>
            <ul class="tree">
              <Tree item={preview.root} />
            </ul>
          </section>
        ) : (
          <p>The object is no document.</p>
        )}
        <details class="card">
          <summary>Header</summary>
          <Header attributes={preview.header} />
        </details>
      </>,
    );
  }),
];

export const Tree = ({ item }: { item: Item }) => (
  <li>
    {item.concept && (
      <strong>
        <Shown value={item.concept.CodeMeaning} most={120} />
      </strong>
    )}{' '}
    {item.value !== '' && (
      <>
        <Shown value={item.value} most={4000} />{' '}
        {item.unit && <Shown value={item.unit.CodeMeaning} most={40} />}{' '}
      </>
    )}
    {item.references.map(({ SOPClassName, SOPInstanceUID, detail }) => (
      <>
        <Shown value={`${SOPClassName} ${detail}`} most={160} /> <Uid value={SOPInstanceUID} />{' '}
      </>
    ))}
    {item.points.length > 0 && <small>{item.points.length / 2} points</small>}{' '}
    <small>
      {visible(item.relationship, 30)} {visible(item.valueType, 16)}
      {item.template && ` TID ${visible(item.template, 16)}`}
    </small>
    {item.children.length > 0 && (
      <ul>
        {item.children.map((child) => (
          <Tree item={child} />
        ))}
      </ul>
    )}
  </li>
);

const Header = ({ attributes }: { attributes: readonly Attribute[] }) => (
  <dl class="facts">
    {attributes.map(({ keyword, values, items }) => (
      <>
        <dt>{visible(keyword, 64)}</dt>
        <dd>
          {values.length > 0 && <Shown value={values.join(' \\ ')} most={400} />}
          {items.map((each) => (
            <Header attributes={each} />
          ))}
        </dd>
      </>
    ))}
  </dl>
);
