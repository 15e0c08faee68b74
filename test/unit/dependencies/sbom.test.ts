import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { expect, test } from 'vitest';
import { type Bom, installed, type LockFile, productionBom } from '../../support/sbom.ts';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile;
const ask = (): Bom =>
  JSON.parse(
    execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], { encoding: 'utf8' }),
  ) as Bom;

const said = ask();

test('the bill of materials has every package that is installed for production, and no other', () => {
  const bom = productionBom(said, lock);
  const names = bom.components.map(({ name, version }) => `${name}@${version}`);
  expect(new Set(names)).toEqual(new Set(installed(lock)));
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const [name, version] of Object.entries(dependencies)) expect(names).toContain(`${name}@${version}`);
  expect(names.some((name) => name.startsWith('vitest@'))).toBe(false);
  for (const { name, version, purl, licenses } of bom.components) {
    expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
    expect(licenses, name).not.toHaveLength(0);
    expect(licenses, name).toBeDefined();
  }
});

test('it is the same each time, in any folder', () => {
  const [once, again] = [productionBom(said, lock), productionBom(ask(), lock)];
  expect(again).toEqual(once);
  expect(once.metadata.component).toMatchObject({ name: 'earshot', purl: 'pkg:npm/earshot@0.1.0' });
  expect(once.serialNumber).toMatch(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(JSON.stringify(once)).not.toContain(process.cwd());
});

test('where no history of the sources is, as in the image, its time is the one that is given, or there is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-sbom-'));
  try {
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(file, join(folder, file));
    const writer = fileURLToPath(new URL('../../support/write-sbom.ts', import.meta.url));
    const timeWith = (SOURCE_DATE_EPOCH: string): string | undefined => {
      const env = { ...process.env, SOURCE_DATE_EPOCH };
      execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), writer], { cwd: folder, env });
      const written = readFileSync(join(folder, 'dist/earshot.cdx.json'), 'utf8');
      return (JSON.parse(written) as Bom).metadata.timestamp;
    };
    expect(timeWith('1767225600')).toBe('2026-01-01T00:00:00.000Z');
    expect(timeWith('')).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

test('it is valid by the schema of CycloneDX 1.5, with what the minimum elements of a bill ask for', async () => {
  const bom = productionBom(said, lock, new Date('2026-11-27T00:00:00Z'));
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot5);
  expect(await validator.validate(JSON.stringify(bom))).toBeNull();
  expect(
    await validator.validate(JSON.stringify({ ...bom, components: [{ name: 'no type' }] })),
  ).not.toBeNull();
  expect(bom.metadata).toMatchObject({
    timestamp: '2026-11-27T00:00:00.000Z',
    supplier: { name: 'Earshot contributors' },
  });
});

test('Earshot itself depends on what its package.json names for production, and on nothing else', () => {
  const { components, metadata, dependencies } = productionBom(said, lock);
  const names = new Map(components.map((each) => [each['bom-ref'], each.name]));
  const root = dependencies.find(({ ref }) => ref === metadata.component['bom-ref']);
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
  expect(root?.dependsOn?.map((ref) => names.get(ref)).sort()).toEqual(
    Object.keys(manifest.dependencies).sort(),
  );
});

test('a package that npm does not tell of is missed', () => {
  const none: Bom = { ...said, components: [] };
  expect(() => productionBom(none, lock)).toThrow('zod@');
});
