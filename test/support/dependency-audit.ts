/** What `npm audit --json` says, against the list of advisories that are allowed. */
import { parse } from 'yaml';
import { z } from 'zod';

const allowedSchema = z.strictObject({
  allowed: z.array(
    z.strictObject({
      advisory: z
        .string()
        .regex(/^GHSA(-[23456789cfghjmpqrvwx]{4}){3}$/, 'an id such as GHSA-2345-6789-cfgh'),
      reason: z.string().min(20, 'say why it does no harm here'),
      /** the last day on which it is allowed, UTC */
      until: z.iso.date(),
    }),
  ),
});
type Allowed = z.infer<typeof allowedSchema>['allowed'];

/** Throws for a list that is not valid. */
export const parseAllowed = (text: string): Allowed => allowedSchema.parse(parse(text)).allowed;

const advisory = z.object({ url: z.string(), title: z.string(), severity: z.string(), range: z.string() });
/** Version 2 of npm's report; `via` also names packages, whose own entries have the advisories. */
const reportSchema = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), advisory])) })),
});
const errorSchema = z.object({ message: z.string(), error: z.object({ summary: z.string() }) });

/** So long at most is an advisory allowed without another look. */
const MOST_DAYS = 180;
const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

/**
 * Throws for what is neither a report nor an error of npm. `mayBeOffline`: where the registry does not answer, as a mirror without this
 * service, nothing fails, and "Not audited" is said.
 */
export function compareAudit(
  said: string,
  allowed: Allowed,
  now: Date,
  { mayBeOffline = false } = {},
): Readonly<{ lines: readonly string[]; hasFailed: boolean }> {
  const answer: unknown = JSON.parse(said);
  const failed = errorSchema.safeParse(answer);
  if (failed.success) return { lines: [`Not audited: ${failed.data.message}`], hasFailed: !mayBeOffline };
  const found = foundIn(reportSchema.parse(answer).vulnerabilities);
  const today = dayOf(now);
  const latest = dayOf(new Date(now.getTime() + MOST_DAYS * 86_400_000));
  const listed = new Set(allowed.map((each) => each.advisory));
  const problems = [
    ...[...found].filter(([id]) => !listed.has(id)).map(([id, text]) => `${id} is not allowed: ${text}`),
    ...allowed.flatMap(({ advisory: id, until }) => {
      if (!found.has(id)) return [`${id} is gone: take it out of docs/audit-allowed.yaml`];
      if (until > latest)
        return [`${id} is allowed until ${until}: at most ${MOST_DAYS} days, until ${latest}`];
      return until < today ? [`${id} was allowed until ${until}: ${found.get(id)}`] : [];
    }),
  ];
  const summary = `Audited: ${found.size} known, ${allowed.length} allowed, ${problems.length} to be dealt with`;
  return { lines: [...problems, summary], hasFailed: problems.length > 0 };
}

type Vulnerabilities = z.infer<typeof reportSchema>['vulnerabilities'];

/** What each advisory is about, by its id, the last part of its address. */
const foundIn = (vulnerabilities: Vulnerabilities): Map<string, string> =>
  new Map(
    Object.entries(vulnerabilities).flatMap(([name, { via }]) =>
      via
        .filter((each) => typeof each !== 'string')
        .map(({ url, title, severity, range }) => [
          url.split('/').at(-1) ?? url,
          `${name} ${range}, ${severity}: ${title}`,
        ]),
    ),
  );
