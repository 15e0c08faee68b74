/** Debian's Chromium without a window, before the pages of a service: what people see, and what axe-core says of it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Role } from '../../src/api/operation.ts';
import type { Site } from './site.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
const SCREENSHOTS = new URL('../../docs/img/', import.meta.url).pathname;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const DESK = { width: 1280, height: 900 } as const;
export const TABLET = { width: 820, height: 1180 } as const;

type Look = Readonly<{ viewport?: { width: number; height: number }; colorScheme?: 'light' | 'dark' }>;

export type Screen = Readonly<{
  page: Page;
  /** errors of scripts, and what the content security policy refused, so far */
  errors: readonly string[];
  /** What axe-core finds, serious and critical, as `rule: element`. */
  axe: () => Promise<string[]>;
  /** True when nothing is wider than the window. */
  fits: () => Promise<boolean>;
  /** docs/img/NAME.png, written with UPDATE=1: the whole page, or what the window shows of it. */
  shoot: (name: string, what?: 'page' | 'window') => Promise<void>;
}>;

export type Chromium = AsyncDisposable &
  Readonly<{
    /** A window of somebody of that role; undefined: of nobody. */
    open: (site: Pick<Site, 'url' | 'cookie'>, role: Role | undefined, look?: Look) => Promise<Screen>;
  }>;

export async function startChromium(): Promise<Chromium> {
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  return {
    open: async (site, role, { viewport = DESK, colorScheme = 'light' } = {}) => {
      const context = await browser.newContext({ baseURL: site.url, viewport, colorScheme, locale: 'en-GB' });
      if (role) await logIn(context, site, role);
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      return {
        page,
        errors,
        axe: () => axeOf(page),
        fits: () => isFitting(page),
        shoot: (name, what) => shoot(page, name, what),
      };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function logIn(
  context: BrowserContext,
  { url, cookie }: Pick<Site, 'url' | 'cookie'>,
  role: Role,
): Promise<void> {
  const [name = '', value = ''] = cookie(role).split('=');
  await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Lax' }]);
}

type Violation = Readonly<{
  id: string;
  impact?: string | null;
  nodes: readonly Readonly<{ html: string }>[];
}>;

async function axeOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = (await page.evaluate(
    // biome-ignore lint/suspicious/noExplicitAny: it is a global of the page
    async () => (await (globalThis as any).axe.run()).violations,
  )) as Violation[];
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

const isFitting = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');

async function shoot(page: Page, name: string, what: 'page' | 'window' = 'page'): Promise<void> {
  const picture = await page.screenshot({ fullPage: what === 'page' });
  if (process.env['UPDATE'] !== '1') return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  writeFileSync(join(SCREENSHOTS, `${name}.png`), picture);
}
