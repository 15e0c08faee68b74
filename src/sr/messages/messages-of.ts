import type { Language } from '../language.ts';
import { en } from './en.ts';
import type { Messages } from './messages.ts';
import { zh } from './zh.ts';

const CATALOGUE: Readonly<Record<Language, Messages>> = { en, zh };

export const messagesOf = (language: Language): Messages => CATALOGUE[language];
