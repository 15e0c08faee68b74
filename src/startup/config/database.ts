import { z } from 'zod';

const PROTOCOLS: ReadonlySet<string> = new Set(['postgres:', 'postgresql:']);

/** What is wrong with an address of a database; its text, which may hold a password, is never repeated. */
function problemOf(text: string): string | undefined {
  if (text === 'sqlite') return undefined;
  if (!URL.canParse(text))
    return 'it is sqlite or postgres://user:password@host/name; signs like @ : / ? # % in user or password are percent-encoded';
  const { protocol, hostname, pathname } = new URL(text);
  if (!PROTOCOLS.has(protocol)) return 'it is sqlite, or begins with postgres://';
  if (hostname === '') return 'no host: it is postgres://user:password@host/name';
  if (!/^\/[^/]+$/.test(pathname)) return 'no database name: it is postgres://user:password@host/name';
  return undefined;
}

/** `sqlite`: one file in the data folder. */
export const database = z.string().superRefine((text, context) => {
  const message = problemOf(text);
  if (message) context.addIssue({ code: 'custom', message, input: undefined });
});
