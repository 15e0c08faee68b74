/** Secrets of a section are never shown: this word stands in their place, and means the present one when it comes back. */
import { Fault } from '../fault.ts';
import { isSamePlace } from './secret-address.ts';
import { type ConfigSection, isRuleFile, type Section } from './section.ts';

export const KEPT = '(kept)';

type Path = readonly string[];
type Visit = (secret: unknown, path: Path) => unknown;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy in which what stands at that path, if anything, is what `visit` makes of it. */
function at(value: unknown, path: Path, visit: Visit, before: Path = []): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return visit(value, before);
  if (!isObject(value) || !Object.hasOwn(value, key)) return value;
  return { ...value, [key]: at(value[key], rest, visit, [...before, key]) };
}

const NODE_SECRETS: readonly Path[] = [
  ['auth', 'bearer'],
  ['auth', 'password'],
];
const NOTIFICATION_SECRETS: readonly Path[] = [
  ['email', 'password'],
  ['webhook', 'secret'],
];

const throughAll = (value: unknown, paths: readonly Path[], visit: Visit, before: Path = []): unknown =>
  paths.reduce(
    (copy, path) => at(copy, path, (secret, found) => visit(secret, [...before, ...found])),
    value,
  );

const nameOf = (node: unknown): string =>
  isObject(node) && typeof node['name'] === 'string' ? node['name'] : '';

/** A copy of what a section says, in its input form, with every secret replaced. Nodes are told by their names. */
function withSecrets(section: Section, value: unknown, visit: Visit): unknown {
  if (section === 'notifications') return throughAll(value, NOTIFICATION_SECRETS, visit);
  if (section !== 'nodes' || !Array.isArray(value)) return value;
  return value.map((node) => throughAll(node, NODE_SECRETS, visit, [nameOf(node)]));
}

/** Whether a key of `earshot.yaml`, such as `nodes.0.auth.bearer`, is a secret of a section. */
export function isSectionSecret(path: string): boolean {
  const [section, ...rest] = path.split('.');
  const is = (paths: readonly Path[], key: readonly string[]): boolean =>
    paths.some((each) => each.join('.') === key.join('.'));
  if (section === 'nodes') return is(NODE_SECRETS, rest.slice(1));
  return section === 'notifications' && is(NOTIFICATION_SECRETS, rest);
}

/** A copy of what a section says with every secret, but those that are `(kept)`, as `make` makes it of it and its path. */
export const mapSecrets = (
  section: ConfigSection,
  value: unknown,
  make: (secret: string, path: string) => string,
): unknown =>
  withSecrets(section, value, (secret, path) =>
    typeof secret === 'string' && secret !== KEPT ? make(secret, [section, ...path].join('.')) : secret,
  );

/** The text of a section as people may see it. */
export function masked(section: Section, text: string): string {
  if (isRuleFile(section)) return text;
  return JSON.stringify(
    withSecrets(section, JSON.parse(text), () => KEPT),
    null,
    2,
  );
}

/**
 * What a section says, with the present secrets where it says that they are kept. CONFIG_INVALID names those that there are none
 * of (a node under another name has no secret yet), and those whose address is another now.
 */
export function withKeptSecrets(section: Section, value: unknown, present: unknown): unknown {
  const known = new Map<string, unknown>();
  withSecrets(section, present, (secret, path) => {
    known.set(path.join('.'), secret);
    return secret;
  });
  const missing: string[] = [];
  const moved: string[] = [];
  const filled = withSecrets(section, value, (secret, path) => {
    if (secret !== KEPT) return secret;
    const key = path.join('.');
    const kept = known.get(key);
    if (kept === undefined || kept === KEPT) missing.push(key);
    else if (!hasStayed(section, path, value, present)) moved.push(key);
    return kept;
  });
  if (missing.length > 0)
    throw new Fault('CONFIG_INVALID', `${section}: no secret is kept here for ${missing.join(', ')}`);
  if (moved.length > 0)
    throw new Fault('CONFIG_INVALID', `${moved.join(', ')}: give the secret again: the address changed`);
  return filled;
}

/** Whether what has the secret at that path is where it was. Of several nodes of a name, each has to be. */
function hasStayed(section: Section, [first = '']: Path, value: unknown, present: unknown): boolean {
  if (section === 'notifications') {
    const partOf = (all: unknown) => (isObject(all) ? all[first] : undefined);
    return isSamePlace(first === 'email' ? 'email' : 'webhook', partOf(value), partOf(present));
  }
  const named = (all: unknown) => (Array.isArray(all) ? all.filter((node) => nameOf(node) === first) : []);
  const [was] = named(present);
  return named(value).every((node) => isSamePlace('node', node, was));
}
