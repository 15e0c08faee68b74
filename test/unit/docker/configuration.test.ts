import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/startup/load.ts';
import { runChild } from '../../support/child.ts';
import {
  COMPOSE_FILES,
  type ComposeFile,
  DOCKER,
  dockerText,
  dockerYaml,
} from '../../support/docker-files.ts';
import { whyNotInstalled } from '../../support/installed.ts';

const FILES = ['embedded/earshot.yaml', 'scale-out/earshot.yaml', 'kubernetes/earshot.yaml'] as const;
const folder = mkdtempSync(join(tmpdir(), 'earshot-docker-'));
beforeAll(() => {
  const token = join(folder, 'token');
  writeFileSync(token, 'a-token-that-is-long-enough', { mode: 0o600 });
  vi.stubEnv('EARSHOT_HTTP_TOKEN_FILE', token);
  vi.stubEnv('EARSHOT_POSTGRES_PASSWORD', 'letters-and-digits');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const load = (file: string) => loadConfig(join(DOCKER, file));

describe('configurations of docker/', () => {
  test.each(FILES)('%s is taken, and its data is in the volume', (file) => {
    const config = load(file);
    expect(config.dataDir).toBe('/var/lib/earshot');
    expect(config.http).toMatchObject({ host: '0.0.0.0', port: 8080, token: 'a-token-that-is-long-enough' });
    expect(config.dimse).toMatchObject({ aeTitle: 'EARSHOT', port: 11_112 });
    expect(config.nodes.length).toBeGreaterThan(0);
  });

  test.each(FILES)('%s has no secret', (file) => {
    for (const [, value = ''] of dockerText(file).matchAll(/(?:token|password|secret):\s*(\S+)/gi))
      expect(value).toMatch(/^"?\$\{[A-Z_]+\}"?$/);
    expect(dockerText(file)).not.toMatch(/postgres:\/\/[^:]+:[^$@]/);
  });

  test('PostgreSQL is named as Docker and Kubernetes name it', () => {
    const place = (file: string) => new URL(load(file).database);
    expect(place(FILES[1]).href).toBe('postgres://earshot:letters-and-digits@postgres/earshot');
    expect(place(FILES[2]).hostname).toMatch(/\.svc\.cluster\.local$/);
  });

  test('receivers hear from the balancer, and from it alone, where a peer is', () => {
    const { dimse, admin } = load('scale-out/earshot.yaml');
    const { services } = dockerYaml<ComposeFile>('compose.scale-out.yaml');
    expect(JSON.stringify(services['balancer']?.networks)).toContain(dimse.proxyProtocol[0]);
    expect(dimse.proxyProtocol).toEqual(admin.trustedProxies);
    expect(dockerText('scale-out/haproxy.cfg')).toMatch(
      /default-server .* send-proxy-v2 .*\n +server-template receive 8 receive:11112/,
    );
  });

  test('Orthanc and Earshot know each other', () => {
    const orthanc = JSON.parse(dockerText('embedded/orthanc.json')) as {
      DicomAet: string;
      DicomPort: number;
      AuthenticationEnabled: boolean;
      LuaScripts: string[];
      DicomModalities: { earshot: { AET: string; Host: string; Port: number } };
    };
    const { dimse, nodes } = load('embedded/earshot.yaml');
    expect(orthanc.DicomModalities.earshot).toMatchObject({
      AET: dimse.aeTitle,
      Host: 'earshot',
      Port: dimse.port,
    });
    expect(nodes[0]).toMatchObject({ aeTitle: orthanc.DicomAet, host: 'orthanc', port: orthanc.DicomPort });
    expect(orthanc.AuthenticationEnabled).toBe(true);
    const { services } = dockerYaml<ComposeFile>(COMPOSE_FILES[0]);
    for (const script of orthanc.LuaScripts)
      expect(services['orthanc']?.volumes).toContain(`./embedded/${script.split('/').at(-1)}:${script}:ro`);
    expect(Object.keys(services)).toEqual(['earshot', 'orthanc']);
  });

  test('the balancer is more patient than Earshot, which ends silent associations itself', () => {
    const text = dockerText('scale-out/haproxy.cfg');
    const minutes = [...text.matchAll(/timeout (?:client|server) +(\d+)m/g)].map(([, each]) => Number(each));
    expect(minutes.length).toBeGreaterThanOrEqual(4);
    for (const each of minutes)
      expect(each * 60).toBeGreaterThan(5 * load('scale-out/earshot.yaml').dimse.idleSeconds);
    expect(text).toContain('balance leastconn');
  });

  test('the examples of the documentation are YAML', () => {
    const blocks = [...dockerText('../docs/DEPLOYMENT.md').matchAll(/```yaml\n([\s\S]*?)```/g)];
    expect(blocks.length).toBeGreaterThan(1);
    for (const [, text = ''] of blocks) expect(parse(text)).toBeTypeOf('object');
  });

  const missing = whyNotInstalled('haproxy');
  test.skipIf(missing !== undefined)(`HAProxy takes its configuration ${missing ?? ''}`, async () => {
    const { status, output } = await runChild('haproxy', ['-c', '-f', join(DOCKER, 'scale-out/haproxy.cfg')]);
    expect(status, output).toBe(0);
    expect(output).not.toMatch(/WARNING|ALERT/);
  });
});
