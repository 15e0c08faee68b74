/**
 * Follows the steps of the Dockerfile on this machine, without Docker: `node --import tsx test/support/follow-dockerfile.ts FOLDER`. Each stage is a folder below
 * FOLDER, which stands for its root; COPY takes from the context only what .dockerignore lets through, and RUN lines run within
 * their WORKDIR. Prints the last stage as JSON: how the container would be started.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Instructions with their arguments, line by line; lines that are continued are one, comments are none. */
type Instruction = Readonly<{ name: string; rest: string }>;
type Stage = Readonly<{ image: string; name: string | undefined; steps: Instruction[] }>;

export function instructionsOf(text: string): Instruction[] {
  return text
    .replaceAll(/^[ \t]*#.*\n/gm, '')
    .replaceAll(/[ \t]*\\\r?\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Za-z]+)\s+(.*)$/.exec(line) ?? [];
      if (name === '') throw new Error(`no instruction: ${line}`);
      return { name: name.toUpperCase(), rest: rest.trim() };
    });
}

/** Stages in their order: base image with its arguments filled in, name, instructions. */
export function stagesOf(text: string): Stage[] {
  const stages: Stage[] = [];
  const args: Record<string, string> = {};
  for (const { name, rest } of instructionsOf(text)) {
    if (name === 'ARG' && stages.length === 0) {
      const [key = '', value = ''] = rest.split('=', 2);
      args[key] = value;
    } else if (name === 'FROM') {
      const [image = '', , as] = rest.split(/\s+/);
      stages.push({
        image: image.replace(/^\$\{(\w+)\}$/, (_, key: string) => args[key] ?? ''),
        name: as,
        steps: [],
      });
    } else stages.at(-1)?.steps.push({ name, rest });
  }
  return stages;
}

/**
 * What .dockerignore lets through, as a test of paths of the context. It has to be a list of exceptions to `*`, and then of paths to leave
 * out after all: nobody adds a secret by forgetting to name it.
 */
export function allowedBy(text: string): (path: string) => boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (lines[0] !== '*') throw new Error('.dockerignore must begin with *');
  const rest = lines.slice(1);
  if (rest.some((line) => /[*?[]/.test(line))) throw new Error('.dockerignore: patterns are not followed');
  const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
  const allowed = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const left = rest.filter((line) => !line.startsWith('!'));
  return (path) => allowed.some((each) => within(path, each)) && !left.some((each) => within(path, each));
}

/** `["a", "b"]` of ENTRYPOINT, CMD and HEALTHCHECK. */
export const execForm = (rest: string): string[] => JSON.parse(rest.slice(rest.indexOf('[')));

/** `KEY=value KEY="a b"` of ENV and LABEL. */
export const pairsOf = (rest: string): Record<string, string> =>
  Object.fromEntries(
    [...rest.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, key, quoted, plain]) => [
      key,
      quoted ?? plain,
    ]),
  );

const flagOf = (rest: string, flag: string): string | undefined =>
  new RegExp(`--${flag}=(\\S+)`).exec(rest)?.[1];

/** Every file of this repository that git knows or would add, and that .dockerignore lets through. */
function contextFiles(): string[] {
  const isAllowed = allowedBy(readFileSync(join(ROOT, '.dockerignore'), 'utf8'));
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((path) => path !== '' && isAllowed(path) && existsSync(join(ROOT, path)));
}

/** A stage on its way: the folder that stands for its root, and what its instructions have said so far. */
type Followed = {
  readonly root: string;
  readonly roots: ReadonlyMap<string | undefined, string>;
  readonly files: readonly string[];
  workdir: string;
  environment: Record<string, string>;
  entrypoint?: string[];
  command?: string[];
  healthcheck?: string[];
  user?: string;
  volume?: string;
};

function copy(rest: string, { root, workdir, roots, files }: Followed): void {
  const words = rest.split(/\s+/).filter((word) => !word.startsWith('--'));
  const target = words.at(-1) ?? '';
  const destination = join(root, resolve(workdir, target));
  const from = flagOf(rest, 'from');
  for (const source of words.slice(0, -1)) {
    const place = target.endsWith('/') ? join(destination, basename(source)) : destination;
    if (from !== undefined) {
      cpSync(join(roots.get(from) ?? from, source), place, { recursive: true, verbatimSymlinks: true });
      continue;
    }
    const found = files.filter((file) => file === source || file.startsWith(`${source.replace('./', '')}/`));
    if (found.length === 0) throw new Error(`COPY ${rest}: ${source} is not in the context`);
    for (const file of found)
      cpSync(join(ROOT, file), file === source ? place : join(place, file.slice(source.length)));
  }
  const owner = flagOf(rest, 'chown');
  if (owner !== undefined) own(destination, owner);
  close(destination, flagOf(rest, 'chmod'));
}

/** Of an empty folder alone: there is no other yet. */
function close(path: string, mode: string | undefined): void {
  if (mode !== undefined) chmodSync(path, Number.parseInt(mode, 8));
}

function own(path: string, owner: string): void {
  const [user = 0, group = user] = owner.split(':').map(Number);
  chownSync(path, user, group);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) own(join(path, name), owner);
}

/** Docker runs it as root with the root of the image; here the root is a folder, so nothing may lead out of the WORKDIR. */
function run(rest: string, { root, workdir, environment }: Followed): void {
  if (/(^|[\s=])\/|\.\.\//.test(rest))
    throw new Error(`RUN ${rest}: leads out of its WORKDIR, which cannot be followed`);
  const started = performance.now();
  execFileSync('/bin/sh', ['-c', rest], {
    cwd: join(root, workdir),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 2, 2],
  });
  process.stderr.write(`RUN ${rest} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
}

/** What each instruction does to a stage that is being followed. */
const FOLLOWED: Record<string, (stage: Followed, rest: string) => unknown> = {
  WORKDIR: (stage, rest) => {
    stage.workdir = resolve(stage.workdir, rest);
    mkdirSync(join(stage.root, stage.workdir), { recursive: true });
  },
  ENV: (stage, rest) => Object.assign(stage.environment, pairsOf(rest)),
  COPY: (stage, rest) => copy(rest, stage),
  RUN: (stage, rest) => run(rest, stage),
  ENTRYPOINT: (stage, rest) => Object.assign(stage, { entrypoint: execForm(rest) }),
  CMD: (stage, rest) => Object.assign(stage, { command: execForm(rest) }),
  HEALTHCHECK: (stage, rest) => Object.assign(stage, { healthcheck: execForm(rest) }),
  USER: (stage, rest) => Object.assign(stage, { user: rest }),
  VOLUME: (stage, rest) => Object.assign(stage, { volume: rest }),
  // Of a stage: without a value of its own it is the variable of that name, which RUN lines have here.
  ARG: (_, rest) => {
    if (rest.includes('=')) throw new Error(`ARG ${rest}: a value of its own is not followed`);
  },
  LABEL: () => undefined,
  EXPOSE: () => undefined,
  STOPSIGNAL: () => undefined,
};

function follow(folder: string): Omit<Followed, 'roots' | 'files'> {
  const files = contextFiles();
  const roots = new Map<string | undefined, string>();
  const stages = stagesOf(readFileSync(join(ROOT, 'docker/Dockerfile'), 'utf8'));
  const followed = stages.map(({ name, steps }, index) => {
    const root = join(folder, name ?? String(index));
    const stage: Followed = { root, workdir: '/', environment: {}, roots, files };
    for (const { name: instruction, rest } of steps) {
      const step = FOLLOWED[instruction];
      if (!step) throw new Error(`${instruction} is not followed: teach test/support/follow-dockerfile.ts`);
      step(stage, rest);
    }
    roots.set(name, root);
    return stage;
  });
  const { roots: _roots, files: _files, ...last } = followed.at(-1) as Followed;
  return last;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined)
    throw new Error('usage: node --import tsx test/support/follow-dockerfile.ts FOLDER');
  process.stdout.write(`${JSON.stringify(follow(resolve(folder)))}\n`);
}
