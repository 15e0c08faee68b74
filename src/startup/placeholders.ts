import { Fault } from '../fault.ts';
import { readSecretFile } from './secret-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `${NAME}`; with a second dollar sign it is meant to the letter. */
const PLACEHOLDER = /(\$?)\$\{([A-Z][A-Z0-9_]*)\}/g;

/**
 * A configuration as it is written, with the environment in its texts: `${NAME}` is the variable NAME, or else what the file says that
 * NAME_FILE names, as secrets of Docker and Kubernetes are given (without the line break at its end). `$${NAME}` stays `${NAME}`. Values
 * that are no text, keys, and what stands where `isLeft` says so, are left alone. CONFIG_INVALID names key and variable, never a value. Fault of a file that everybody may
 * read: SECRET_FILE_OPEN.
 */
export function withEnvironment(
  written: unknown,
  environment: Environment,
  isLeft: (path: string) => boolean = () => false,
  path = '',
): unknown {
  if (typeof written === 'string') return isLeft(path) ? written : withVariables(written, environment, path);
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  if (Array.isArray(written))
    return written.map((each, index) => withEnvironment(each, environment, isLeft, below(String(index))));
  if (typeof written !== 'object' || written === null) return written;
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => [
      key,
      withEnvironment(value, environment, isLeft, below(key)),
    ]),
  );
}

/** The same of one text. */
export const withVariables = (text: string, environment: Environment, path: string): string =>
  text.replaceAll(PLACEHOLDER, (found, escaped: string, name: string) =>
    escaped === '' ? variable(name, environment, path) : found.slice(1),
  );

export const hasPlaceholder = (text: string): boolean =>
  [...text.matchAll(PLACEHOLDER)].some(([, escaped]) => escaped === '');

/** A text that means itself, to the letter, where placeholders are looked for. */
export const toTheLetter = (text: string): string => text.replaceAll(PLACEHOLDER, (found) => `$${found}`);

function variable(name: string, environment: Environment, path: string): string {
  const value = environment[name];
  if (value !== undefined && value !== '') return value;
  const file = environment[`${name}_FILE`];
  if (file === undefined || file === '')
    throw new Fault('CONFIG_INVALID', `${path}: neither ${name} nor ${name}_FILE is set in the environment`);
  const text = readSecret(file, `${path}: ${name}_FILE`);
  if (text === '') throw new Fault('CONFIG_INVALID', `${path}: ${name}_FILE names an empty file`);
  return text;
}

const readSecret = (file: string, what: string): string =>
  readSecretFile(
    file,
    (code, cause) =>
      new Fault('CONFIG_INVALID', `${what} names a file that cannot be read (${code})`, { cause }),
  ).replace(/\r?\n$/, '');
