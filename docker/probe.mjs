/**
 * Asks the service of this container how it is: `node docker/probe.mjs healthz` or `readyz`. Status 0 when it answers 2xx, else 1 with the
 * reason. EARSHOT_PROBE_URL is its address; the bearer token is EARSHOT_HTTP_TOKEN, or stands in the file EARSHOT_HTTP_TOKEN_FILE.
 */
import { readFileSync } from 'node:fs';

const TIMEOUT_MS = 4000;

const [path = 'healthz'] = process.argv.slice(2);
const {
  EARSHOT_PROBE_URL: base = 'http://127.0.0.1:8080',
  EARSHOT_HTTP_TOKEN: given,
  EARSHOT_HTTP_TOKEN_FILE: file,
} = process.env;

try {
  const token = given || (file ? readFileSync(file, 'utf8').trim() : undefined);
  const answer = await fetch(new URL(path, base), {
    headers: token ? { authorization: `Bearer ${token}` } : {},
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  process.stdout.write(`${answer.status} ${await answer.text()}\n`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (thrown) {
  const { message, cause } = thrown;
  process.stdout.write(`${message}${cause?.code ? ` (${cause.code})` : ''}\n`);
  process.exitCode = 1;
}
