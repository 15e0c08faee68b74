// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is an argument of a Dockerfile
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../../src/startup/version.ts';
import { startChild } from '../../support/child.ts';
import { DOCKER, dockerText } from '../../support/docker-files.ts';
import { allowedBy, execForm, instructionsOf, pairsOf, stagesOf } from '../../support/follow-dockerfile.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const text = dockerText('Dockerfile');
const stages = stagesOf(text);
const runtime = stages.at(-1);
const all = (name: string, stage = runtime): string[] =>
  (stage?.steps ?? []).filter((step) => step.name === name).map(({ rest }) => rest);
const isAllowed = allowedBy(readFileSync(join(ROOT, '.dockerignore'), 'utf8'));
const { files, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  files: string[];
  devDependencies: Record<string, string>;
};

describe('the image', () => {
  test('bases are pinned to an exact version of the oldest Node that is supported, on Debian bookworm', () => {
    expect(stages.map(({ image }) => image)).toEqual([
      'node:20.20.2-bookworm',
      'node:20.20.2-bookworm',
      'node:20.20.2-bookworm-slim',
    ]);
  });

  test('a start that looks through a large catalogue on a slow disk is not taken for a failure', () => {
    const [, minutes] = /--start-period=(\d+)m\b/.exec(all('HEALTHCHECK')[0] ?? '') ?? [];
    // 437 MiB a million instances (docs/RELIABILITY.md), page by page from a disk of 100 reads a second.
    const slowest = (437 * 2 ** 20) / 4096 / 100 / 60;
    expect(Number(minutes)).toBeGreaterThan(slowest);
  });

  test('runs as a user by number who is not root, with node as its first process', () => {
    expect(all('USER')).toEqual(['10001:10001']);
    expect(execForm(all('ENTRYPOINT')[0] ?? '')).toEqual(['node', 'bin/earshot.js']);
    expect(execForm(all('CMD')[0] ?? '')).toEqual(['serve', '--config', '/etc/earshot/earshot.yaml']);
    expect(all('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(pairsOf(all('LABEL')[0] ?? '')).toMatchObject({ 'org.opencontainers.image.version': VERSION });
  });

  test('no step of the last stage runs anything: it is made of what was built', () => {
    expect(all('RUN')).toEqual([]);
  });

  test('has what the package has, but its documentation', () => {
    const copied = all('COPY').map((rest) => rest.split(/\s+/).at(-1)?.replace('./', ''));
    for (const each of files.filter((file) => file !== 'docs')) expect(copied).toContain(each);
    expect(copied).toContain('node_modules');
  });

  test('has production dependencies only', () => {
    const from = all('COPY').find((rest) => rest.endsWith('./node_modules'));
    const stage = stages.find((each) => from?.includes(`--from=${each.name} `));
    expect(all('RUN', stage)[0]).toContain('npm ci --omit=dev');
    expect(Object.keys(devDependencies)).toContain('typescript');
  });

  test('the bill of materials is written with the time that the build is given', () => {
    const { steps = [] } = stages.find(({ name }) => name === 'build') ?? {};
    const at = (name: string, rest: string) =>
      steps.findIndex((step) => step.name === name && step.rest === rest);
    expect(at('ARG', 'SOURCE_DATE_EPOCH')).toBeGreaterThan(-1);
    expect(at('RUN', 'npm run sbom')).toBeGreaterThan(at('ARG', 'SOURCE_DATE_EPOCH'));
  });

  test('the builder gets what the Dockerfile copies, and nothing else of this folder', () => {
    const sources = stages
      .flatMap((stage) => all('COPY', stage))
      .filter((rest) => !rest.includes('--from='))
      .flatMap((rest) => rest.split(/\s+/).slice(0, -1));
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(isAllowed(source), source).toBe(true);
    }
    for (const path of [
      'docker/secrets/http-token',
      'data/x',
      '.git/config',
      'earshot.yaml',
      'test/x',
      'node_modules/x',
    ])
      expect(isAllowed(path), path).toBe(false);
    expect(isAllowed('src/kernels/wasm-module.ts')).toBe(false);
  });

  test('no secret is an argument or a variable of it', () => {
    expect(text).not.toMatch(/^(ARG|ENV).*(TOKEN|PASSWORD|SECRET)/m);
  });
});

describe('following a Dockerfile', () => {
  test('comments, continued lines and arguments of bases are read', () => {
    const read = stagesOf(
      'ARG A=x:1\n# no\nFROM ${A} AS one\nRUN a \\\n    b\n# between\nFROM y:2\nUSER 7\n',
    );
    expect(read).toEqual([
      { image: 'x:1', name: 'one', steps: [{ name: 'RUN', rest: 'a b' }] },
      { image: 'y:2', name: undefined, steps: [{ name: 'USER', rest: '7' }] },
    ]);
    expect(instructionsOf('run a')).toEqual([{ name: 'RUN', rest: 'a' }]);
  });

  test('a .dockerignore that lets everything through but what it names is refused', () => {
    expect(() => allowedBy('node_modules\n')).toThrow('must begin with *');
    expect(() => allowedBy('*\n!src/**\n')).toThrow('patterns are not followed');
    const may = allowedBy('*\n!src\nsrc/secret\n');
    expect([may('src'), may('src/a'), may('srcs'), may('src/secret/a')]).toEqual([true, true, false, false]);
  });
});

describe('the probe', () => {
  const probe = async (environment: Record<string, string>, path = 'readyz') => {
    Object.assign(process.env, environment);
    try {
      const child = startChild(process.execPath, [join(DOCKER, 'probe.mjs'), path]);
      return { status: await child.ended, output: child.output() };
    } finally {
      for (const key of Object.keys(environment)) delete process.env[key];
    }
  };

  test('is good when the service answers so, with the token of the file, and bad with a reason when not', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization}`);
      response.writeHead(request.url === '/readyz' ? 503 : 200).end('said');
    }).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const token = join(DOCKER, 'probe.mjs');
    expect(await probe({ EARSHOT_PROBE_URL: url }, 'healthz')).toEqual({ status: 0, output: '200 said\n' });
    expect(await probe({ EARSHOT_PROBE_URL: url, EARSHOT_HTTP_TOKEN: 'abc' })).toEqual({
      status: 1,
      output: '503 said\n',
    });
    await new Promise((done) => server.close(done));
    const away = await probe({ EARSHOT_PROBE_URL: url });
    expect(away.status).toBe(1);
    expect(away.output).toContain('ECONNREFUSED');
    expect(await probe({ EARSHOT_PROBE_URL: url, EARSHOT_HTTP_TOKEN_FILE: `${token}.none` })).toMatchObject({
      status: 1,
    });
    expect(seen).toEqual(['/healthz undefined', '/readyz Bearer abc']);
  }, 30_000);
});
