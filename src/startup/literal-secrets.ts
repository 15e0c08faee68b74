import { isSectionSecret, KEPT } from '../configuration/kept-secrets.ts';
import { hasPlaceholder } from './placeholders.ts';

const OTHER_SECRETS = /^(http\.token|http\.senders\.\d+\.(token|password)|admin\.oidc\.clientSecret)$/;

/** Keys of secrets that a configuration says itself, and not by the name of a variable. */
export function literalSecrets(written: unknown, path = ''): string[] {
  if (typeof written === 'string') return isLiteral(written, path) ? [path] : [];
  if (typeof written !== 'object' || written === null) return [];
  return Object.entries(written).flatMap(([key, value]) =>
    literalSecrets(value, path === '' ? key : `${path}.${key}`),
  );
}

function isLiteral(text: string, path: string): boolean {
  if (path === 'database') return hasLiteralPassword(text);
  const isSecret = isSectionSecret(path) || OTHER_SECRETS.test(path);
  return isSecret && text !== '' && text !== KEPT && !hasPlaceholder(text);
}

/** An address that is a placeholder as a whole is no address yet. */
function hasLiteralPassword(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { password, searchParams } = new URL(text);
  return [decoded(password), ...searchParams.getAll('password')].some(
    (each) => each !== '' && !hasPlaceholder(each),
  );
}

/** A bare `%` is taken as it stands, as the driver does. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
