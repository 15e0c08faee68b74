/** A message as a JSON document, posted and signed. */
import { createHmac } from 'node:crypto';
import { Fault } from '../../src/fault.ts';
import type { Clock, Messenger } from '../../src/ports.ts';

export type Webhook = Readonly<{ url: string; secret?: string | undefined }>;

const TIMEOUT_MS = 15_000;
/** So much of the answer is read and shown. */
const MOST_SHOWN = 200;

/** The body names its own version: fields may be added to it, never changed. */
export function webhookMessenger(
  { url, secret }: Webhook,
  clock: Clock,
  timeoutMs: number = TIMEOUT_MS,
): Messenger {
  return {
    name: 'webhook',
    send: async ({ id, at, installation, isTest, subject, text, matters }, signal) => {
      const kind = isTest ? 'test' : 'notification';
      const body = JSON.stringify({ version: 1, id, kind, at, installation, subject, text, matters });
      const seconds = String(Math.floor(clock().getTime() / 1000));
      const response = await answerOf(url, {
        method: 'POST',
        // Whoever answers with another address would get the message, and its signature, as well.
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Earshot',
          'x-earshot-id': id,
          ...(secret === undefined ? {} : { 'x-earshot-signature': signatureOf(secret, seconds, body) }),
        },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (response.ok) return response.said;
      throw new Fault('NOTIFICATION_FAILED', response.said);
    },
  };
}

/** `t=1767225600,v1=` and the HMAC-SHA-256 of time, a dot and the body, in hexadecimal. */
const signatureOf = (secret: string, seconds: string, body: string): string =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;

async function answerOf(url: string, request: RequestInit): Promise<{ ok: boolean; said: string }> {
  try {
    const response = await fetch(url, request);
    const said = `HTTP ${response.status} ${await beginningOf(response)}`.trim();
    return { ok: response.ok, said };
  } catch (thrown) {
    throw new Fault('NOTIFICATION_FAILED', reasonOf(thrown));
  }
}

/** The first letters of the body, without reading the rest. The status is the answer: a body that breaks off changes nothing. */
async function beginningOf({ body }: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.length >= MOST_SHOWN) break;
    }
  } catch {
    // What has come is shown.
  }
  return text
    .slice(0, MOST_SHOWN)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
}

function reasonOf(thrown: unknown): string {
  const { name, cause } = thrown as { name?: string; cause?: { code?: string } };
  if (name === 'TimeoutError' || name === 'AbortError') return 'no answer in time';
  return cause?.code ?? 'no connection';
}
