import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a worker thread of this folder, from the build and from source alike. From source (tests, `tsx`) a worker
 * has no TypeScript loader of its own, so a small program registers one first.
 */
export function startWorker(name: string, options: WorkerOptions): Worker {
  const built = new URL(`./${name}.js`, import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return new Worker(built, options);
  const source = built.href.replace(/\.js$/, '.ts');
  const bootstrap = `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${JSON.stringify(source)}); });`;
  return new Worker(bootstrap, { ...options, eval: true });
}
