import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareAudit, parseAllowed } from '../../support/dependency-audit.ts';

/** As npm 11 answers; the second entry is affected by way of the first. */
const FOUND = JSON.stringify({
  auditReportVersion: 2,
  vulnerabilities: {
    minimist: {
      name: 'minimist',
      severity: 'critical',
      isDirect: false,
      via: [
        {
          source: 1097677,
          name: 'minimist',
          dependency: 'minimist',
          title: 'Prototype Pollution in minimist',
          url: 'https://github.com/advisories/GHSA-xvch-5gv4-984h',
          severity: 'critical',
          cwe: ['CWE-1321'],
          cvss: { score: 9.8, vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' },
          range: '<0.2.4',
        },
      ],
      effects: ['mkdirp'],
      range: '<0.2.4',
      nodes: ['node_modules/minimist'],
      fixAvailable: true,
    },
    mkdirp: { name: 'mkdirp', severity: 'critical', via: ['minimist'], effects: [], range: '0.4.1 - 0.5.1' },
  },
  metadata: { vulnerabilities: { critical: 2, total: 2 } },
});
const NOTHING = JSON.stringify({ auditReportVersion: 2, vulnerabilities: {}, metadata: {} });
const REFUSED = JSON.stringify({
  message: '405 Method Not Allowed - POST https://registry.npmjs.org/-/npm/v1/security/advisories/bulk',
  method: 'POST',
  uri: 'https://registry.npmjs.org/-/npm/v1/security/advisories/bulk',
  statusCode: 405,
  body: '',
  error: { summary: '', detail: '' },
});
const ADVISORY = 'GHSA-xvch-5gv4-984h';
const now = new Date('2026-11-27T12:00:00Z');
const allowedUntil = (until: string) =>
  parseAllowed(
    `allowed: [{ advisory: ${ADVISORY}, reason: no argument comes from outside, until: ${until} }]`,
  );

describe('the audit of dependencies', () => {
  it('fails on an advisory that is not allowed, and says of which package', () => {
    expect(compareAudit(FOUND, [], now)).toEqual({
      lines: [
        `${ADVISORY} is not allowed: minimist <0.2.4, critical: Prototype Pollution in minimist`,
        'Audited: 1 known, 0 allowed, 1 to be dealt with',
      ],
      hasFailed: true,
    });
  });

  it('passes with one that is allowed, on its last day too, and not on the next', () => {
    expect(compareAudit(FOUND, allowedUntil('2026-11-27'), now).hasFailed).toBe(false);
    const over = compareAudit(FOUND, allowedUntil('2026-11-26'), now);
    expect(over.hasFailed).toBe(true);
    expect(over.lines[0]).toContain('was allowed until 2026-11-26');
  });

  it('fails on one that is allowed and gone', () => {
    expect(compareAudit(NOTHING, allowedUntil('2027-01-31'), now)).toMatchObject({ hasFailed: true });
    expect(compareAudit(NOTHING, [], now)).toMatchObject({ hasFailed: false });
  });

  it('fails where the registry does not answer, unless it was said that it need not, and says that nothing was audited', () => {
    const lines = [expect.stringMatching(/^Not audited: 405 Method Not Allowed/)];
    const allowed = allowedUntil('2026-01-01');
    expect(compareAudit(REFUSED, allowed, now)).toEqual({ lines, hasFailed: true });
    expect(compareAudit(REFUSED, allowed, now, { mayBeOffline: true })).toEqual({ lines, hasFailed: false });
  });

  it('lets nothing pass for longer than half a year', () => {
    expect(compareAudit(FOUND, allowedUntil('2027-05-26'), now).hasFailed).toBe(false);
    const forGood = compareAudit(FOUND, allowedUntil('9999-12-31'), now);
    expect(forGood.hasFailed).toBe(true);
    expect(forGood.lines[0]).toContain('at most 180 days, until 2027-05-26');
  });

  it('does not take for a report what is none', () => {
    expect(() => compareAudit('{}', [], now)).toThrow();
    expect(() => compareAudit('', [], now)).toThrow();
  });

  it.each([
    ['no reason', `{ advisory: ${ADVISORY}, reason: none, until: 2027-01-31 }`],
    ['no date', `{ advisory: ${ADVISORY}, reason: no argument comes from outside }`],
    ['no id', '{ advisory: "1097677", reason: no argument comes from outside, until: 2027-01-31 }'],
  ])('refuses a list with %s', (_what, entry) => {
    expect(() => parseAllowed(`allowed: [${entry}]`)).toThrow();
  });

  it('has a list that is valid', () => {
    expect(() => parseAllowed(readFileSync('docs/audit-allowed.yaml', 'utf8'))).not.toThrow();
  });
});
