/** Reads plain XML without namespaces, CDATA or comments, and throws where it is not well-formed. */
export type Parsed = Readonly<{
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: readonly Parsed[];
  text: string;
  /** children of that name */
  all(name: string): Parsed[];
  /** the only one of them */
  one(name: string): Parsed;
}>;

const TAG = /<(\/?)([A-Za-z]+)((?: [A-Za-z-]+="[^"<>]*")*)(\/?)>|([^<>]+)/gy;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

const plain = (value: string): string =>
  value.replaceAll(/&([^;]*);?/g, (whole, name: string) => {
    const sign = name.startsWith('#') ? String.fromCodePoint(Number(name.slice(1))) : ENTITIES[name];
    if (sign === undefined || !whole.endsWith(';')) throw new Error(`no entity: ${whole}`);
    return sign;
  });

const attributesIn = (written: string): Record<string, string> =>
  Object.fromEntries(
    [...written.matchAll(/ ([A-Za-z-]+)="([^"]*)"/g)].map(([, key, value]) => [key, plain(value ?? '')]),
  );

type Open = { name: string; attributes: Record<string, string>; children: Parsed[]; text: string };

export function parseXml(xml: string): Parsed {
  const body = xml.replace(/^<\?xml [^?]*\?>/, '');
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const stack = [root];
  TAG.lastIndex = 0;
  while (TAG.lastIndex < body.length) {
    const at = TAG.lastIndex;
    const match = TAG.exec(body);
    const current = stack.at(-1);
    if (!match || !current) throw new Error(`not well-formed: ${body.slice(at, at + 80)}`);
    const [, closing, name = '', written = '', alone, text] = match;
    if (text !== undefined) current.text += plain(text);
    else if (closing) close(stack, name);
    else {
      stack.push({ name, attributes: attributesIn(written), children: [], text: '' });
      if (alone) close(stack, name);
    }
  }
  const [only, ...others] = root.children;
  if (!only || others.length > 0 || stack.length !== 1) throw new Error('not one element');
  return only;
}

function close(stack: Open[], name: string): void {
  const closed = stack.pop();
  if (closed?.name !== name) throw new Error(`${name} ends ${closed?.name}`);
  stack.at(-1)?.children.push(finished(closed));
}

const finished = (open: Open): Parsed => {
  const all = (name: string) => open.children.filter((child) => child.name === name);
  return {
    ...open,
    all,
    one: (name) => {
      const [only, ...others] = all(name);
      if (!only || others.length > 0) throw new Error(`${others.length + (only ? 1 : 0)} ${name}`);
      return only;
    },
  };
};
