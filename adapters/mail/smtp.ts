/** E-mail by SMTP (RFC 5321), with TLS as the configuration has it. */
import { createTransport } from 'nodemailer';
import { BCP_195 } from '../../src/dicom/secure-transport.ts';
import { Fault } from '../../src/fault.ts';
import type { Messenger } from '../../src/ports.ts';

export type MailServer = Readonly<{
  host: string;
  port: number;
  /** TLS from the first byte */
  secure: boolean;
  /** a server that offers no STARTTLS is not used */
  requireTls: boolean;
  user?: string | undefined;
  password?: string | undefined;
  from: string;
  to: readonly string[];
  /** PEM: authorities to trust instead of the system's */
  ca?: readonly string[] | undefined;
}>;

const CONNECT_MS = 15_000;
const SILENT_MS = 20_000;

/** `timeoutMs`: of the connection, the greeting, and any silence after it. */
export function mailMessenger(server: MailServer, timeoutMs?: number): Messenger {
  const { host, port, secure, requireTls, user, password, from, to, ca } = server;
  const options = {
    host,
    port,
    secure,
    // Where STARTTLS may be left out, one that is offered is taken all the same.
    requireTLS: !secure && requireTls,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    tls: { ...BCP_195, ...(ca && ca.length > 0 ? { ca: [...ca] } : {}) },
    connectionTimeout: timeoutMs ?? CONNECT_MS,
    greetingTimeout: timeoutMs ?? CONNECT_MS,
    socketTimeout: timeoutMs ?? SILENT_MS,
    // What a message holds is text: no file is read for it, no address fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  return {
    name: 'email',
    send: async ({ id, subject, text, html }, signal) => {
      const transport = createTransport(options);
      try {
        signal.throwIfAborted();
        const sending = transport.sendMail({
          from: { name: 'Earshot', address: from },
          to: [...to],
          subject,
          text,
          html,
          messageId: `<${id}@${from.split('@').at(-1)}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
        const { response, rejected } = await within(signal, sending);
        // The others have it: sending it once more would reach them twice.
        const refused =
          rejected.length > 0 ? `; ${rejected.length} of ${to.length} recipients were refused` : '';
        return shown(response) + refused;
      } catch (thrown) {
        throw asNotificationFault(thrown);
      } finally {
        transport.close();
      }
    },
  };
}

/** The work, or a fault when the time is over before. */
async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop: () => void = () => undefined;
  const over = new Promise<never>((_, reject) => {
    stop = () => reject(new Fault('NOTIFICATION_FAILED', 'the time is over'));
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, over]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

type MailError = Readonly<{ code?: string; responseCode?: number; response?: string; command?: string }>;

/** The server's own words say most; never what we sent, which may be a password. */
function asNotificationFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const { code, response, command } = thrown as MailError;
  const answer = typeof response === 'string' ? shown(response) : '';
  const words = [code ?? 'no answer', command && `at ${command}`, answer].filter(Boolean).join(' ');
  return new Fault('NOTIFICATION_FAILED', words);
}

/** One line of printable letters. */
const shown = (response: string): string =>
  response
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
