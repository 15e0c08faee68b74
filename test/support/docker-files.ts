import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

/** The folder `docker/` of this repository. */
export const DOCKER = fileURLToPath(new URL('../../docker/', import.meta.url));

export const dockerText = (file: string): string => readFileSync(join(DOCKER, file), 'utf8');

/** With merge keys (`<<`), as Compose reads them. */
export const dockerYaml = <T>(file: string): T => parse(dockerText(file), { merge: true }) as T;

type Mount = string | { source: string; target?: string };
type ComposeService = Readonly<{
  image: string;
  build?: { context: string; dockerfile: string };
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string>;
  secrets?: Mount[];
  volumes?: string[];
  ports?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
  networks?: string[] | Record<string, { ipv4_address?: string }>;
  deploy?: { replicas?: number };
}>;
export type ComposeFile = Readonly<{
  name: string;
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
  networks?: Record<string, { ipam: { config: { subnet: string; ip_range: string }[] } }>;
}>;

export const COMPOSE_FILES = ['compose.embedded.yaml', 'compose.scale-out.yaml'] as const;

export type Manifest = Readonly<{
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}> &
  Readonly<Record<string, unknown>>;

/** Every document of the folder `docker/kubernetes`, by file; the configuration of Earshot is none. */
export const manifests = (): { file: string; manifest: Manifest }[] =>
  readdirSync(join(DOCKER, 'kubernetes'))
    .filter((file) => file.endsWith('.yaml') && file !== 'earshot.yaml')
    .flatMap((file) =>
      parseAllDocuments(dockerText(join('kubernetes', file))).map((document) => {
        if (document.errors.length > 0) throw document.errors[0];
        return { file, manifest: document.toJS() as Manifest };
      }),
    );
