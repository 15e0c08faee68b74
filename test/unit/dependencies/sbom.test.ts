import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

test('a package that npm does not tell of is missed', () => {
  const none: Bom = { ...said, components: [] };
  expect(() => productionBom(none, lock)).toThrow('zod@');
});
