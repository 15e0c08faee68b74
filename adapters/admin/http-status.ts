import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { asFault, type Fault, type FaultCode } from '../../src/fault.ts';

const STATUS: Readonly<Partial<Record<FaultCode, ContentfulStatusCode>>> = {
  FORBIDDEN: 403,
  REQUEST_FORGED: 403,
  APPROVAL_NEEDED: 403,
  SETUP_LINK_INVALID: 403,
  UNAUTHORISED: 401,
  LOGIN_FAILED: 401,
  SESSION_EXPIRED: 401,
  OIDC_FAILED: 401,
  OIDC_NAME_TAKEN: 403,
  LOGIN_LOCKED: 429,
  ADMIN_LOCKED: 423,
  BODY_TOO_SLOW: 408,
  INPUT_INVALID: 400,
  INPUT_NOT_FOUND: 404,
  CHANGE_CONFLICT: 409,
  ACTION_NOT_POSSIBLE: 409,
  MODEL_EXISTS: 409,
  MODELS_FOLDER_FIXED: 409,
  INTERNAL: 500,
  NOTIFICATION_FAILED: 502,
  AUDIT_FAILED: 502,
};

/** refuse: what was asked cannot be. retry: a peer or the world failed. hold: what is here is in doubt. */
const OF_DISPOSITION = { refuse: 422, retry: 503, hold: 409 } as const;

export function statusOf(thrown: unknown): Readonly<{ fault: Fault; status: ContentfulStatusCode }> {
  const fault = asFault(thrown);
  return { fault, status: STATUS[fault.code] ?? OF_DISPOSITION[fault.disposition] };
}

/** Where something unforeseen was thrown; its text may hold what belongs in no log. */
export function placeOf({ cause }: Fault): string {
  if (!(cause instanceof Error)) return typeof cause;
  const frame = cause.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? '';
  return `${cause.name} ${frame.trim().replace(/\(?(file:\/\/)?\/\S*\/(?=(src|adapters|dist)\/)/, '(')}`;
}
