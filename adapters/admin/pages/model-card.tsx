/** What a model is made of, what it is for, and what it cannot do. */
import type { ModelOperations } from '../../../src/api/model-operations.ts';
import type { Html } from '../html.ts';
import { Uid } from '../layout.tsx';
import { Shown, visible } from '../shown.tsx';

type Card = Awaited<ReturnType<ModelOperations['card']['run']>>;

/** Texts of a model file are sentences, longer than values of headers. */
const LONG = 1500;

export const modelCard = (card: Card): Html => (
  <>
    <p>
      <a href="/models">All models</a>
    </p>
    <section class="card" aria-labelledby="what">
      <h2 id="what">
        <Shown value={card.id} />, version <Shown value={card.version} />
      </h2>
      <p>{visible(card.title, LONG)}</p>
      <dl class="facts">
        <dt>Scores</dt>
        <dd>{card.kind === 'delta' ? 'follow-up minus baseline' : 'the follow-up alone'}</dd>
        <dt>Recipe</dt>
        <dd>
          <Shown value={card.recipe} />
        </dd>
        <dt>Digest of the recipe</dt>
        <dd>
          <Uid value={card.recipeDigest} what="digest of the recipe" />
        </dd>
        <dt>SHA-256 of the file</dt>
        <dd>
          <Uid value={card.sha256} what="SHA-256" />
        </dd>
        <dt>Trained on</dt>
        <dd>
          {card.training.n} cases, {Math.round(100 * card.training.prevalence)} % of them resistant
        </dd>
      </dl>
    </section>
    <section aria-labelledby="use">
      <h2 id="use">What it is for</h2>
      <p>{card.intendedUse}</p>
      <h2>What it cannot do</h2>
      <ul>
        {card.limits.map((limit) => (
          <li>{limit}</li>
        ))}
      </ul>
    </section>
    <div class="columns">
      <Computation card={card} />
      <Published published={card.published} />
    </div>
    <section aria-labelledby="origin">
      <h2 id="origin">Where it comes from</h2>
      <p>{visible(card.citation, LONG)}</p>
      <p>{visible(card.provenance, LONG)}</p>
    </section>
  </>
);

const Computation = ({ card: { formula, features, intercept, cutOff } }: { card: Card }) => (
  <section aria-labelledby="formula">
    <h2 id="formula">How it computes</h2>
    <pre>{formula}</pre>
    <div class="table">
      <table>
        <caption>Positive at or above the cut-off of {cutOff}, when the whole 95 % interval is.</caption>
        <thead>
          <tr>
            <th scope="col">Term</th>
            <th scope="col" class="number">
              Coefficient
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">intercept</th>
            <td class="number">{intercept}</td>
          </tr>
          {features.map(({ name, coefficient }) => (
            <tr>
              <th scope="row">
                <Shown value={name} />
              </th>
              <td class="number">{coefficient}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
);

const Published = ({ published }: Pick<Card, 'published'>) => (
  <section aria-labelledby="published">
    <h2 id="published">Published results</h2>
    {published.length === 0 ? (
      <p>None are known of this model.</p>
    ) : (
      <div class="table">
        <table>
          <caption>As its authors report them, on their own cases.</caption>
          <thead>
            <tr>
              <th scope="col">On</th>
              <th scope="col" class="number">
                AUC
              </th>
              <th scope="col" class="number">
                95 %
              </th>
              <th scope="col" class="number">
                Accuracy
              </th>
            </tr>
          </thead>
          <tbody>
            {published.map(({ on, auc, auc95, accuracy }) => (
              <tr>
                <th scope="row">{on}</th>
                <td class="number">{auc ?? '–'}</td>
                <td class="number">{auc95 ? auc95.join(' to ') : '–'}</td>
                <td class="number">{accuracy === null ? '–' : `${Math.round(100 * accuracy)} %`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
);
