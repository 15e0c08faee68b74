/** What the pages of a report are put together from. */
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { HtmlEscapedString } from 'hono/utils/html';
import { type Figure, standalone } from './figure.ts';
import { STYLE } from './style.ts';
import { plain } from './words.ts';

/** What a component gives: text that is escaped already. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export type LabReport = Readonly<{
  /** one page, complete in itself */
  html: string;
  /** by name, without the ending; each a file of its own */
  svgs: Readonly<Record<string, string>>;
}>;

/** Foreign text: escaped, on one line, in its own direction. */
export const Foreign = ({ text, most }: { text: string; most?: number }): Html => (
  <bdi>{plain(text, most)}</bdi>
);

export const Shown = ({ figure, children }: { figure: Figure; children?: Child }): Html => (
  <figure style={`max-width:${figure.width}px`}>
    {raw(figure.svg)}
    <figcaption>
      {figure.title}.{children === undefined ? '' : <> {children}</>}
    </figcaption>
  </figure>
);

export type Cell = Child;
type TableProps = Readonly<{
  caption: string;
  /** below the caption */
  note?: string;
  /** of its columns, see style.ts */
  look?: 'checklist' | 'long';
  /** the first is the head of the row heads */
  columns: readonly Cell[];
  /** the first cell of each is its head */
  rows: readonly (readonly Cell[])[];
}>;

/** Wider than the window, it can be scrolled, by keyboard too. */
export const Table = ({ caption, note, look, columns, rows }: TableProps): Html => (
  <section class="wide" aria-label={plain(caption)} tabindex={0}>
    <table class={look}>
      <caption>
        {plain(caption)}
        {note === undefined ? '' : <small>{note}</small>}
      </caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col">{column}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([head, ...cells]) => (
          <tr>
            <th scope="row">{head}</th>
            {cells.map((cell) => (
              <td>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

export const Facts = ({ facts }: { facts: readonly (readonly [string, Cell])[] }): Html => (
  <dl>
    {facts.map(([term, fact]) => (
      <>
        <dt>{term}</dt>
        <dd>{fact}</dd>
      </>
    ))}
  </dl>
);

/** Nothing when there are none. */
export const Notices = ({ notices }: { notices: readonly string[] }): Html | null =>
  notices.length === 0 ? null : (
    <div class="notices">
      <strong>To be known before anything else</strong>
      <ul>
        {notices.map((notice) => (
          <li>
            <Foreign text={notice} most={1000} />
          </li>
        ))}
      </ul>
    </div>
  );

export type Section = Readonly<{ id: string; title: string; content: Html; figures?: readonly Figure[] }>;

type Page = Readonly<{
  title: string;
  notices: Html;
  sections: readonly Section[];
  software: string;
}>;

/** Sections in their order; those without content are left out before. */
export function reportOf({ title, notices, sections, software }: Page): LabReport {
  const shown = plain(title, 200);
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>{shown}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <header>
          <p class="research">Research use only</p>
          <h1>{shown}</h1>
          <p>Not a medical device. It does not diagnose, and no decision on therapy may rest on it.</p>
          {notices}
          <nav aria-label="Contents">
            <ul>
              {sections.map(({ id, title: name }) => (
                <li>
                  <a href={`#${id}`}>{name}</a>
                </li>
              ))}
            </ul>
          </nav>
        </header>
        <main>
          {sections.map(({ id, title: name, content }) => (
            <section aria-labelledby={id}>
              <h2 id={id}>{name}</h2>
              {content}
            </section>
          ))}
        </main>
        <footer>
          Made by <Foreign text={software} />. Equal inputs give an equal report, byte for byte.
        </footer>
      </body>
    </html>
  );
  const figures = sections.flatMap(({ figures: own = [] }) => own);
  return {
    html: `<!DOCTYPE html>\n${page}\n`,
    svgs: Object.fromEntries(figures.map((figure) => [figure.name, standalone(figure)])),
  };
}
