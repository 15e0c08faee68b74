/** For NODE_OPTIONS: the whole process is killed, as for want of memory, when a thread is asked to measure a file that names EARSHOT_DYING. */
const { appendFileSync, readFileSync } = require('node:fs');
const { parentPort } = require('node:worker_threads');

const { EARSHOT_DYING: name = '', EARSHOT_DEATHS: deaths = '' } = process.env;

// Its listener is the first: the harm is done before the answer is out.
parentPort?.on('message', ({ kind, request }) => {
  if (kind !== 'measure' || !readFileSync(request.mask.file, 'latin1').includes(name)) return;
  appendFileSync(deaths, '.');
  process.kill(process.pid, 'SIGKILL');
});
