/** The software bill of materials (CycloneDX) of what `npm ci --omit=dev` installs, from what npm says of the whole lock file. */
import { createHash } from 'node:crypto';

type Licence = Readonly<{ license?: Readonly<{ id?: string; name?: string }>; expression?: string }>;
type Component = Readonly<{
  'bom-ref': string;
  name: string;
  version: string;
  purl: string;
  licenses?: readonly Licence[];
}>;
export type Bom = Readonly<{
  metadata: Readonly<{ component: Component; tools?: unknown; lifecycles?: unknown; timestamp?: string }>;
  components: readonly Component[];
  dependencies: readonly Readonly<{ ref: string; dependsOn?: readonly string[] }>[];
}>;
type Locked = Readonly<{
  version?: string;
  dev?: boolean;
  license?: string;
  dependencies?: Readonly<Record<string, string>>;
}>;
export type LockFile = Readonly<{ name: string; packages: Readonly<Record<string, Locked>> }>;

/** Who makes and who answers for the bill; NTIA's minimum elements want both. */
const MAKERS = { supplier: { name: 'Earshot contributors' }, authors: [{ name: 'Earshot contributors' }] };

/** Packages whose manifest names no licence by its SPDX identifier, as their own licence text has it. */
const LICENCES: Readonly<Record<string, string>> = {
  'dejavu-fonts-ttf': 'Bitstream-Vera AND LicenseRef-DejaVu-changes-public-domain',
  memorystream: 'MIT',
  'png-js': 'MIT',
};

/** `name@version` of every package that is installed for production, by the lock file. */
export const installed = ({ packages }: LockFile): string[] =>
  Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path, { version = '' }]) => `${path.split('node_modules/').at(-1)}@${version}`);

/**
 * What `npm sbom` says of all packages, without those for development (npm 11 with `--omit dev` also leaves out what both want), and
 * without what differs from run to run: random numbers, the name of the folder, and the time, which is `madeAt` where that is known.
 * Throws for a package that is missing.
 */
export function productionBom(
  all: Bom,
  lock: LockFile,
  madeAt?: Date,
): Bom & Readonly<{ serialNumber: string }> {
  const wanted = new Set(installed(lock));
  const components = all.components
    .filter(({ name, version }) => wanted.has(`${name}@${version}`))
    .map(licensed);
  const found = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const missing = [...wanted].filter((each) => !found.has(each));
  if (missing.length > 0) throw new Error(`npm sbom does not list ${missing.join(', ')}`);
  const root = { ...all.metadata.component, name: lock.name, type: 'application' };
  const refs = new Set([root['bom-ref'], ...components.map((each) => each['bom-ref'])]);
  const direct = new Set(Object.keys(lock.packages['']?.dependencies ?? {}));
  // What we ourselves want for development alone may be there because of another package.
  const ofRoot = new Set(components.filter(({ name }) => direct.has(name)).map((each) => each['bom-ref']));
  const { tools, lifecycles } = all.metadata;
  const timestamp = madeAt && { timestamp: madeAt.toISOString() };
  const bom = {
    ...all,
    metadata: { ...timestamp, lifecycles, tools, ...MAKERS, component: root },
    components,
    dependencies: all.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn = [] }) => {
        const kept = ref === root['bom-ref'] ? ofRoot : refs;
        return { ref, dependsOn: dependsOn.filter((each) => kept.has(each)) };
      }),
  };
  return { ...bom, serialNumber: serialNumberOf({ ...bom, serialNumber: '' }) };
}

const licensed = (component: Component): Component => {
  const expression = LICENCES[component.name];
  return component.licenses?.length || expression === undefined
    ? component
    : { ...component, licenses: [{ expression }] };
};

/** A UUID of the content (RFC 9562, version 8): the same bill has the same number. */
function serialNumberOf(bom: unknown): string {
  const hex = createHash('sha256').update(JSON.stringify(bom)).digest('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return `urn:uuid:${[...parts, hex.slice(20, 32)].join('-')}`;
}
