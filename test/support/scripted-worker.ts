/** A computing thread that does what the name of the mask file says: crash, throw, hang, or answer with that name. */
import { parentPort } from 'node:worker_threads';

parentPort?.postMessage({ kind: 'ready' });
parentPort?.on('message', ({ file }: { file: string }) => {
  if (file.startsWith('crash')) process.exit(3);
  if (file.startsWith('throw')) throw new Error('broken');
  if (file.startsWith('hang')) for (;;);
  setTimeout(() => parentPort?.postMessage({ kind: 'done', value: { label: file } }), 20);
});
