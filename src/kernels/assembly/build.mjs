/** Compiles the kernels and writes them into a module, so that no file has to be found when they are loaded. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const files = new Map();
const { error, stderr } = await asc.main(
  [
    fileURLToPath(new URL('index.ts', import.meta.url)),
    ...['--outFile', 'kernels.wasm', '--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert'],
    ...['--runtime', 'stub', '--enable', 'simd', '--initialMemory', '1', '--baseDir', '/'],
  ],
  { writeFile: (name, contents) => void files.set(name, contents) },
);
if (error) throw new Error(`${error.message}\n${stderr}`);
const base64 = Buffer.from(files.get('kernels.wasm')).toString('base64');
writeFileSync(
  new URL('../wasm-module.ts', import.meta.url),
  `/** Made by \`npm run build:kernels\` from assembly/. */\nexport const WASM_BASE64 =\n  '${base64}';\n`,
);
