import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { VERSION } from '../../../src/startup/version.ts';
import { runChild } from '../../support/child.ts';
import { dockerText, dockerYaml, type Manifest, manifests } from '../../support/docker-files.ts';
import { whyNotInstalled } from '../../support/installed.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const all = manifests();
const ofKind = <T>(kind: string): (Manifest & T)[] =>
  all.filter(({ manifest }) => manifest.kind === kind).map(({ manifest }) => manifest as Manifest & T);

/** Module of kubernetes-types by apiVersion: `apps/v1`, `core/v1`. */
const moduleOf = (apiVersion: string): string => {
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  return `kubernetes-types/${group.split('.')[0]}/${version}`;
};

/** What is wrong with objects by the types of the Kubernetes API: unknown, missing and mistyped fields. */
function typeErrors(objects: readonly Manifest[]): string[] {
  const name = join(ROOT, 'manifests.ts');
  const text = objects
    .map(
      (object, index) =>
        `export const m${index}: import('${moduleOf(object.apiVersion)}').${object.kind} = ${JSON.stringify(object)};`,
    )
    .join('\n');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    lib: ['lib.es5.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === name || fileExists(file);
  host.getSourceFile = (file, ...rest) =>
    file === name
      ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2020)
      : getSourceFile.call(host, file, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([name], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** What we use of KEDA's ScaledObject (keda.sh/v1alpha1) with its Prometheus scaler. */
const scalingPolicies = z.strictObject({
  stabilizationWindowSeconds: z.int().min(0).max(3600),
  policies: z.array(
    z.strictObject({
      type: z.enum(['Pods', 'Percent']),
      value: z.int().min(1),
      periodSeconds: z.int().max(1800),
    }),
  ),
});
const scaledObject = z.strictObject({
  apiVersion: z.literal('keda.sh/v1alpha1'),
  kind: z.literal('ScaledObject'),
  metadata: z.strictObject({ name: z.string(), namespace: z.string() }),
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ name: z.string() }),
    minReplicaCount: z.int().min(1),
    maxReplicaCount: z.int(),
    pollingInterval: z.int().min(1),
    fallback: z.strictObject({ failureThreshold: z.int().min(1), replicas: z.int().min(1) }),
    advanced: z.strictObject({
      horizontalPodAutoscalerConfig: z.strictObject({
        behavior: z.strictObject({ scaleUp: scalingPolicies, scaleDown: scalingPolicies }),
      }),
    }),
    triggers: z
      .array(
        z.strictObject({
          type: z.literal('prometheus'),
          metricType: z.enum(['AverageValue', 'Value']),
          metadata: z.strictObject({
            serverAddress: z.url(),
            query: z.string(),
            threshold: z.string().regex(/^\d+$/),
          }),
        }),
      )
      .length(1),
  }),
});

type Labels = Record<string, string>;
type Probe = {
  httpGet?: { path: string; port: string };
  exec?: { command: string[] };
  periodSeconds?: number;
  failureThreshold?: number;
};
type Container = {
  image: string;
  args: string[];
  env: { name: string; value: string }[];
  ports: { name: string; containerPort: number }[];
  securityContext: object;
  resources: { requests: Labels; limits: Labels };
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
  volumeMounts: { name: string; mountPath: string }[];
};
type Pod = {
  serviceAccountName: string;
  terminationGracePeriodSeconds: number;
  securityContext: object;
  containers: Container[];
  volumes: { name: string }[];
};
type Deployment = {
  spec: {
    replicas?: number;
    selector: { matchLabels: Labels };
    template: { metadata: { labels: Labels }; spec: Pod };
  };
};
const deployments = ofKind<Deployment>('Deployment');
const podOf = ({ spec }: Deployment): Pod => spec.template.spec;
const selects = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);
const selected = (selector: Labels) =>
  deployments.filter(({ spec }) => selects(selector, spec.template.metadata.labels));

describe('Kubernetes manifests', () => {
  const kubernetes = all
    .map(({ manifest }) => manifest)
    .filter(({ apiVersion }) => !/^(keda\.sh|kustomize)/.test(apiVersion));

  test('are what the types of the Kubernetes API want, field by field', () => {
    expect(kubernetes).toHaveLength(16);
    expect(typeErrors(kubernetes)).toEqual([]);
  }, 60_000);

  test('a field that Kubernetes does not know, or of another type, would be seen', () => {
    const [first] = deployments;
    const wrong = structuredClone(first) as Manifest & Deployment;
    Object.assign(podOf(wrong), { terminationGracePeriod: 1 });
    Object.assign(wrong.spec, { replicas: 'two' });
    const errors = typeErrors([wrong]).join(' ');
    expect(errors).toContain('\'"terminationGracePeriod"\' does not exist');
    expect(errors).toContain("'string' is not assignable to type 'number'");
  }, 60_000);

  test('the kustomization has each file but the examples that need something first', () => {
    const { resources } = dockerYaml<{ resources: string[] }>('kubernetes/kustomization.yaml');
    const rest = ['kustomization.yaml', 'secret.example.yaml', 'autoscaling.yaml'];
    const files = [...new Set(all.map(({ file }) => file))];
    expect([...resources, ...rest].sort()).toEqual(files.sort());
    expect(dockerYaml('kubernetes/kustomization.yaml')).toMatchObject({ images: [{ newTag: VERSION }] });
  });

  test('there is a deployment of each role, with that role', () => {
    const roles = deployments.map((deployment) => podOf(deployment).containers[0]?.args.slice(-2));
    expect(roles).toEqual([
      ['--role', 'admin'],
      ['--role', 'receive'],
      ['--role', 'work'],
    ]);
    for (const deployment of deployments)
      expect(podOf(deployment).containers.map(({ image }) => image)).toEqual([`earshot:${VERSION}`]);
  });

  test('every pod has the data folder of all, the configuration and the secrets', () => {
    const [claim] = ofKind<{ spec: { accessModes: string[] } }>('PersistentVolumeClaim');
    const [secret] = ofKind<{ stringData: Labels }>('Secret');
    const [account] = ofKind('ServiceAccount');
    expect(claim?.spec.accessModes).toEqual(['ReadWriteMany']);
    for (const pod of deployments.map(podOf)) {
      expect(pod.serviceAccountName).toBe(account?.metadata.name);
      expect(pod.volumes).toEqual([
        { name: 'data', persistentVolumeClaim: { claimName: claim?.metadata.name } },
        { name: 'config', configMap: { name: 'earshot' } },
        { name: 'secrets', secret: { secretName: secret?.metadata.name, defaultMode: 0o440 } },
        { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
      ]);
      for (const { volumeMounts, env } of pod.containers) {
        expect(volumeMounts.map(({ name }) => name)).toEqual(pod.volumes.map(({ name }) => name));
        expect(env.map(({ value }) => value.replace('/run/secrets/earshot/', ''))).toEqual(
          Object.keys(secret?.stringData ?? {}),
        );
      }
    }
  });

  test('what the configuration reads from the environment is given to every pod', () => {
    const named = [...dockerText('kubernetes/earshot.yaml').matchAll(/\$\{([A-Z_]+)\}/g)].map(
      ([, name]) => name,
    );
    expect(named).toHaveLength(2);
    for (const { containers } of deployments.map(podOf))
      for (const { env } of containers)
        expect(env.map(({ name }) => name)).toEqual(
          expect.arrayContaining(named.map((name) => `${name}_FILE`)),
        );
  });

  test('pods may do nothing that they need not', () => {
    for (const deployment of deployments) {
      const pod = podOf(deployment);
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 10_001,
        fsGroup: 10_001,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const { securityContext, resources } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(resources.requests).toHaveProperty('cpu');
        expect(resources.requests).toHaveProperty('memory');
        expect(resources.limits).toHaveProperty('memory');
      }
    }
  });

  test('probes ask what the service answers: alive without a token, ready with it, after as long a start as the image has', () => {
    const startMinutes = Number(/--start-period=(\d+)m\b/.exec(dockerText('Dockerfile'))?.[1]);
    for (const deployment of deployments)
      for (const { startupProbe, livenessProbe, readinessProbe, ports } of podOf(deployment).containers) {
        expect(startupProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
        expect((startupProbe.periodSeconds ?? 0) * (startupProbe.failureThreshold ?? 0)).toBe(
          60 * startMinutes,
        );
        expect(livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
        expect(readinessProbe.exec?.command).toEqual(['node', 'docker/probe.mjs', 'readyz']);
        expect(ports).toContainEqual({ name: 'http', containerPort: 8080 });
      }
  });

  test('selectors find the pods that they mean', () => {
    for (const { spec, metadata } of deployments)
      expect(selected(spec.selector.matchLabels).map((each) => each.metadata.name)).toEqual([metadata.name]);
    for (const { spec, metadata } of ofKind<{
      spec: { selector: { matchLabels: Labels }; maxUnavailable: number };
    }>('PodDisruptionBudget')) {
      expect(selected(spec.selector.matchLabels).map((each) => each.metadata.name)).toEqual([metadata.name]);
      expect(spec.maxUnavailable).toBe(1);
    }
    expect(ofKind('PodDisruptionBudget')).toHaveLength(deployments.length);
    for (const { spec } of ofKind<{ spec: { selector: Labels; ports: { targetPort: string }[] } }>(
      'Service',
    )) {
      const [target, ...others] = selected(spec.selector);
      expect(others).toEqual([]);
      const names = target && podOf(target).containers[0]?.ports.map(({ name }) => name);
      for (const { targetPort } of spec.ports) expect(names).toContain(targetPort);
    }
    for (const { spec } of ofKind<{ spec: { podSelector: { matchLabels: Labels } } }>('NetworkPolicy'))
      expect(selected(spec.podSelector.matchLabels).length).toBeGreaterThan(0);
  });

  test('workers are added by the age of the oldest job, and the deployment leaves their number to it', () => {
    const [{ spec, metadata } = {} as z.infer<typeof scaledObject>] = ofKind('ScaledObject').map((each) =>
      scaledObject.parse(each),
    );
    const target = deployments.find((each) => each.metadata.name === spec.scaleTargetRef.name);
    expect(target?.spec.replicas).toBeUndefined();
    expect(metadata.namespace).toBe(ofKind('Namespace')[0]?.metadata.name);
    expect(spec.triggers[0]?.metadata.query).toContain('earshot_job_oldest_seconds');
    expect(spec.maxReplicaCount).toBeGreaterThan(spec.minReplicaCount);
  });

  const missing = whyNotInstalled('kubectl');
  test.skipIf(missing !== undefined)(
    `kubectl renders the kustomization ${missing ?? ''}`,
    async () => {
      const { status, output } = await runChild('kubectl', ['kustomize', join(ROOT, 'docker/kubernetes')]);
      expect(status, output).toBe(0);
      // The name of the configuration has its digest, wherever it is named.
      expect(new Set(output.match(/name: earshot-[a-z0-9]{10}$/gm)).size).toBe(1);
      expect(output).toContain(`registry.example.org/earshot:${VERSION}`);
    },
    60_000,
  );
});
