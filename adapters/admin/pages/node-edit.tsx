/** A node is added or changed; what was typed is kept when it is not valid. */
import { asFault, type Fault } from '../../../src/fault.ts';
import { answer, type PageRoute, page, type Visit } from '../route.ts';
import { visible } from '../shown.tsx';
import {
  fieldsOf,
  type NodeFields,
  nodeOf,
  type Problem,
  problemsIn,
  type WrittenNode,
} from './node-fields.ts';
import { NodeForm } from './node-form.tsx';
import { type NodeAreas, pathOf, saidOf } from './node-words.tsx';

/** Where the node stands; a new one after all others. */
type Place = Readonly<{
  nodes: readonly WrittenNode[];
  digest: string;
  index: number;
  before: WrittenNode | undefined;
}>;

/** No node has a name that begins so. */
const NEW_PATH = '/nodes/_new';
const NEW: WrittenNode = { roles: ['source', 'destination'] };

async function placeOf({ nodes: { list } }: NodeAreas, { run, fields }: Visit): Promise<Place> {
  const { nodes, digest } = await run(list, {});
  const name = fields['name'] ?? '';
  const index = nodes.findIndex((each) => each['name'] === name);
  return index < 0
    ? { nodes, digest, index: nodes.length, before: undefined }
    : { nodes, digest, index, before: nodes[index] };
}

type Shown = Readonly<{
  place: Place;
  fields: NodeFields;
  problems: readonly Problem[];
  isNew: boolean;
  basedOn: string;
}>;

const showForm = (
  { show, frame }: Visit,
  { place, fields, problems, isNew, basedOn }: Shown,
): Promise<Response> => {
  const name = fields['name']?.at(-1) ?? '';
  return show(
    isNew ? 'New node' : `Change node ${visible(name, 64)}`,
    <NodeForm
      frame={frame}
      action={isNew ? NEW_PATH : `${pathOf(name)}/edit`}
      typed={{ fields, problems }}
      others={place.nodes.map((each) => String(each['name'])).filter((each) => each !== name)}
      isNew={isNew}
      basedOn={basedOn}
    />,
  );
};

const problemsOf = ({ code, detail, message }: Fault, index: number): readonly Problem[] => {
  if (code === 'CONFIG_INVALID') return problemsIn(detail, index);
  return [{ field: undefined, text: message }];
};

export const nodeEditPages = (areas: NodeAreas): PageRoute[] => [
  page(NEW_PATH, 'administrator', async (visit) => {
    const place = await placeOf(areas, visit);
    const fields = fieldsOf(NEW);
    return showForm(visit, { place, fields, problems: [], isNew: true, basedOn: place.digest });
  }),
  answer(NEW_PATH, 'administrator', (visit) => save(areas, visit, true)),
  page('/nodes/:name/edit', 'administrator', async (visit) => {
    const place = await placeOf(areas, visit);
    if (!place.before) return visit.go('/nodes', 'There is no node of this name any more.');
    const fields = fieldsOf(place.before);
    return showForm(visit, { place, fields, problems: [], isNew: false, basedOn: place.digest });
  }),
  answer('/nodes/:name/edit', 'administrator', (visit) => save(areas, visit, false)),
];

async function save(areas: NodeAreas, visit: Visit, isNew: boolean): Promise<Response> {
  const place = await placeOf(areas, visit);
  const { fields, lists, run, go } = visit;
  const name = fields['name'] ?? '';
  const basedOn = fields['basedOn'] ?? '';
  const common = { node: nodeOf(lists, isNew ? {} : place.before), reason: fields['reason'], basedOn };
  try {
    const { state } = isNew
      ? await run(areas.nodes.add, common)
      : await run(areas.nodes.change, { ...common, name });
    return go(
      state === 'pending' && isNew ? '/nodes' : pathOf(name.trim()),
      saidOf(state, `The node ${name} is ${isNew ? 'added' : 'changed'}, and counts from now on.`),
    );
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.code === 'FORBIDDEN' || fault.code === 'INTERNAL') throw thrown;
    const { 'auth.secret': _, ...kept } = lists;
    const index = isNew ? place.nodes.length : place.index;
    const problems = problemsOf(fault, index);
    return showForm(visit, { place, fields: kept, problems, isNew, basedOn });
  }
}
