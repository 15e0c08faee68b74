import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** What a component gives: text that is escaped already. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A whole page, as browsers want it to begin. */
export const whole = (page: Html): Html => html`<!DOCTYPE html>${page}`;
