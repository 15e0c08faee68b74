/** A node as fields of a form, and back. What is empty is not written: the default counts. */
export type WrittenNode = Readonly<Record<string, unknown>>;
export type NodeFields = Readonly<Record<string, readonly string[]>>;

type Kind = 'text' | 'number' | 'list' | 'choices' | 'yes';

/** Where each field stands in the node. */
const FIELDS: Readonly<Record<string, Kind>> = {
  name: 'text',
  aeTitle: 'text',
  host: 'text',
  port: 'number',
  dicomWeb: 'text',
  roles: 'choices',
  mode: 'text',
  testNode: 'text',
  sends: 'choices',
  language: 'text',
  reportsOn: 'choices',
  srSopClass: 'text',
  fallback: 'text',
  confirm: 'text',
  retrieve: 'text',
  queryModel: 'text',
  'poll.everyMinutes': 'number',
  'poll.lookBackDays': 'number',
  quietHours: 'list',
  maxPerMinute: 'number',
  addresses: 'list',
  disabled: 'yes',
};
const TLS_KEYS = ['ca', 'cert', 'key'] as const;
/** How people see a secret that is kept. */
const KEPT = '(kept)';

const isObject = (value: unknown): value is WrittenNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function at(node: WrittenNode, path: string): unknown {
  const [first = '', second] = path.split('.');
  const value = node[first];
  if (second === undefined) return value;
  return isObject(value) ? value[second] : undefined;
}

const textsOf = (value: unknown): string[] =>
  value === undefined || value === null ? [] : [value].flat().map(String);

/** What stands in the form before anything is typed. */
export function fieldsOf(node: WrittenNode): NodeFields {
  const plain = Object.keys(FIELDS).map((path) => [path, textsOf(at(node, path))] as const);
  const { tls, auth } = node;
  const isTls = isObject(tls);
  return {
    ...Object.fromEntries(plain),
    tls: [isTls ? 'files' : tls === true ? 'system' : 'none'],
    ...Object.fromEntries(TLS_KEYS.map((key) => [`tls.${key}`, isTls ? textsOf(tls[key]) : []])),
    auth: [authKindOf(auth)],
    'auth.user': isObject(auth) ? textsOf(auth['user']) : [],
  };
}

const authKindOf = (auth: unknown): 'none' | 'bearer' | 'user' => {
  if (!isObject(auth)) return 'none';
  return 'bearer' in auth ? 'bearer' : 'user';
};

const linesOf = (texts: readonly string[]): string[] =>
  texts
    .flatMap((text) => text.split(/[\n,]+/))
    .map((text) => text.trim())
    .filter(Boolean);

/** What is no number stays as it was typed: the schema says what is wrong with it. */
const numberOf = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

const READ: Readonly<Record<Kind, (texts: readonly string[]) => unknown>> = {
  text: (texts) => texts.at(-1)?.trim() || undefined,
  number: (texts) => {
    const text = texts.at(-1)?.trim();
    return text ? numberOf(text) : undefined;
  },
  list: (texts) => nothingIfEmpty(linesOf(texts)),
  choices: (texts) => nothingIfEmpty(texts.filter(Boolean)),
  yes: (texts) => (texts.includes('true') ? true : undefined),
};

const nothingIfEmpty = <T>(list: readonly T[]): readonly T[] | undefined =>
  list.length > 0 ? list : undefined;

/** `before`: the node as it is, whose secrets stay unless others are typed, and whose keys that the form does not know stay. */
export function nodeOf(fields: NodeFields, before: WrittenNode = {}): WrittenNode {
  const node: Record<string, unknown> = { ...before };
  const poll: Record<string, unknown> = {};
  for (const [path, kind] of Object.entries(FIELDS)) {
    const value = READ[kind](fields[path] ?? []);
    const [first = '', second] = path.split('.');
    if (second !== undefined) poll[second] = value;
    else node[first] = value;
  }
  node['poll'] = Object.values(poll).some((value) => value !== undefined) ? without(poll) : undefined;
  node['tls'] = tlsOf(fields);
  node['auth'] = authOf(fields, before['auth']);
  // A node without a role is told that it needs one.
  node['roles'] ??= [];
  return without(node);
}

const without = (object: Readonly<Record<string, unknown>>): WrittenNode =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

function tlsOf(fields: NodeFields): unknown {
  const kind = fields['tls']?.at(-1);
  if (kind !== 'files') return kind === 'system' ? true : undefined;
  const text = (key: string) => READ.text(fields[`tls.${key}`] ?? []);
  return without({ ca: linesOf(fields['tls.ca'] ?? []), cert: text('cert'), key: text('key') });
}

function authOf(fields: NodeFields, before: unknown): unknown {
  const kind = fields['auth']?.at(-1);
  const typed = fields['auth.secret']?.at(-1);
  const secret = typed || (authKindOf(before) === kind ? KEPT : '');
  if (kind === 'bearer') return { bearer: secret };
  return kind === 'user' ? { user: READ.text(fields['auth.user'] ?? []) ?? '', password: secret } : undefined;
}

export type Problem = Readonly<{
  /** of the form; undefined: it is about the whole */
  field: string | undefined;
  text: string;
}>;

/** What a CONFIG_INVALID says, for the node at this place of the list: lines and columns mean nothing in a form. */
export const problemsIn = (detail: string, index: number): Problem[] =>
  detail.split(/; (?=nodes:)/).map((each) => {
    const said = each.replace(/^nodes:(\d+:\d+)? */, '');
    const [, at, path = '', text = ''] = /^(\d+)(?:\.([\w.]+))?: (.*)$/s.exec(said) ?? [];
    if (at === undefined || Number(at) !== index) return { field: undefined, text: said };
    const known = Object.hasOwn(FIELDS, path) || path.startsWith('tls') || path.startsWith('auth');
    const [first = ''] = path.split('.');
    if (known)
      return { field: path.startsWith('auth.') && path !== 'auth.user' ? 'auth.secret' : path, text };
    return { field: Object.hasOwn(FIELDS, first) ? first : undefined, text };
  });
