/** A report just as it was sent: item by item, with what the checks say of it. */
import type { Areas } from '../../../src/startup/operations.ts';
import { Head, Uid } from '../layout.tsx';
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
        <details class="card">
          <summary>What the checks say</summary>
          <pre>{preview.validator}</pre>
        </details>
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
        <section class="card" aria-labelledby="header">
          <h2 id="header">Header</h2>
          <Header attributes={preview.header} />
        </section>
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
        <Lines value={item.value} /> {item.unit && <Shown value={item.unit.CodeMeaning} most={40} />}{' '}
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

/** Line breaks of a text are line breaks; whatever else cannot be seen stands as its code point. */
const Lines = ({ value }: { value: string }) => (
  <>
    {value
      .slice(0, MOST_CHARACTERS)
      .split(/\r\n|\n|\r/)
      .map((line, at) => (
        <>
          {at > 0 && <br />}
          {line !== '' && <Shown value={line} most={MOST_CHARACTERS} />}
        </>
      ))}
    {value.length > MOST_CHARACTERS && '…'}
  </>
);
const MOST_CHARACTERS = 4000;

const Header = ({ attributes }: { attributes: readonly Attribute[] }) => (
  <div class="table">
    <table>
      <caption>In the order of the file</caption>
      <Head names={['Attribute', 'Value']} />
      <tbody>
        {attributes.map((attribute) => (
          <tr>
            <th scope="row">{visible(attribute.keyword, 64)}</th>
            <td>
              <Value attribute={attribute} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const Value = ({ attribute: { values, items } }: { attribute: Attribute }) => (
  <>
    {(values.length > 0 || items.length === 0) && <Shown value={values.join(' \\ ')} most={400} />}
    {items.length > 0 && (
      <details>
        <summary>
          {items.length} {items.length === 1 ? 'item' : 'items'}
        </summary>
        {items.map((item) => (
          <dl class="facts">
            {item.map((each) => (
              <>
                <dt>{visible(each.keyword, 64)}</dt>
                <dd>
                  <Value attribute={each} />
                </dd>
              </>
            ))}
          </dl>
        ))}
      </details>
    )}
  </>
);
