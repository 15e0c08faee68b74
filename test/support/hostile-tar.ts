import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tar from 'tar-stream';

/** A back-up in `folder` that holds one file, under a name of somebody's choice; its path. */
export async function hostileTar(folder: string, name: string): Promise<string> {
  const pack = tar.pack();
  pack.entry({ name }, 'x');
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of pack) chunks.push(chunk as Buffer);
  const file = join(folder, 'hostile.tar');
  writeFileSync(file, Buffer.concat(chunks));
  return file;
}
