/** Browsers in which somebody logged in before: guesses from elsewhere do not lock them out. They open nothing by themselves. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { newSecret } from './secret.ts';

/** `key`: secret of this installation. */
export function knownBrowsers(key: string) {
  const signed = (name: string, id: string): Buffer =>
    createHmac('sha256', key).update(`${name}\n${id}`).digest();
  return {
    /** What a browser is given in which this person logged in. */
    tokenOf(name: string): string {
      const id = newSecret();
      return `${id}.${signed(name, id).toString('base64url')}`;
    },
    /** Which browser it is; undefined: none in which this person ever logged in. */
    idOf(name: string, token = ''): string | undefined {
      const [id = '', signature = ''] = token.split('.');
      const [given, wanted] = [Buffer.from(signature, 'base64url'), signed(name, id)];
      return given.length === wanted.length && timingSafeEqual(given, wanted) ? id : undefined;
    },
  };
}
