/** Browsers in which somebody logged in before: guesses from elsewhere do not lock them out. They open nothing by themselves. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { newSecret } from './secret.ts';

/** People at one workstation who stay known there: those who logged in last. */
const MOST_PEOPLE = 5;
const BETWEEN = '~';
const TOKEN = /^[\w-]{43}\.[\w-]{43}$/;

/** `key`: secret of this installation. A browser keeps a token of each person; what it keeps may come from anybody. */
export function knownBrowsers(key: string) {
  const signed = (name: string, id: string): Buffer =>
    createHmac('sha256', key).update(`${name}\n${id}`).digest();
  const isOf = (name: string, token: string): boolean => {
    const [id = '', signature = ''] = token.split('.');
    return timingSafeEqual(Buffer.from(signature, 'base64url'), signed(name, id));
  };
  const newToken = (name: string): string => {
    const id = newSecret();
    return `${id}.${signed(name, id).toString('base64url')}`;
  };
  const tokensIn = (kept: string): string[] =>
    kept.split(BETWEEN, MOST_PEOPLE).filter((token) => TOKEN.test(token));
  return {
    /** What a browser is to keep in which this person logged in, and those whom it knows already. One browser has one token of a person. */
    keptWith(name: string, kept = ''): string {
      const tokens = tokensIn(kept);
      const theirs = tokens.filter((token) => isOf(name, token));
      const others = tokens.filter((token) => !theirs.includes(token));
      return [theirs[0] ?? newToken(name), ...others].slice(0, MOST_PEOPLE).join(BETWEEN);
    },
    /** Which browser it is; undefined: none in which this person ever logged in. */
    idOf(name: string, kept = ''): string | undefined {
      return tokensIn(kept)
        .find((token) => isOf(name, token))
        ?.split('.')[0];
    },
  };
}
