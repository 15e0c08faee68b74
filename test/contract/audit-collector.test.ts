import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localLeases } from '../../adapters/database/local-leases.ts';
import { syslogOverTls } from '../../adapters/syslog/tls.ts';
import { AuditSpool } from '../../src/audit/spool.ts';
import { AuditTrail } from '../../src/catalogue/audit-trail.ts';
import type { CollectorMessage, TlsMaterial } from '../../src/ports.ts';
import { startAuditing } from '../../src/startup/auditing.ts';
import { startDuties } from '../../src/startup/duties.ts';
import { defaultConfig } from '../../src/startup/load.ts';
import { openCatalogue } from '../../src/startup/open-catalogue.ts';
import { joinProcesses } from '../../src/startup/processes.ts';
import { type Certificates, makeCertificates, type Signed } from '../support/certificates.ts';
import { testPlace } from '../support/databases.ts';
import { freePort } from '../support/free-port.ts';
import { keptLog } from '../support/log.ts';
import { parseXml } from '../support/plain-xml.ts';
import { type SyslogCollector, startSyslogCollector } from '../support/syslog-collector.ts';
import { until } from '../support/until.ts';

const ORIGIN = { host: 'earshot.test', application: 'EARSHOT', processId: 42 };
const SOURCE = { id: 'EARSHOT', aeTitle: 'EARSHOT', host: 'earshot.test', processId: 42 };
const AT = new Date('2026-01-02T03:04:05.678Z');
const clock = () => new Date();

let certificates: Certificates;
let server: Signed;
let ca: string;
beforeAll(() => {
  certificates = makeCertificates();
  server = certificates.signed('authority', 'collector');
  ca = readFileSync(certificates.authority('authority'), 'utf8');
});
afterAll(() => certificates[Symbol.dispose]());

const trusting = (over: Partial<TlsMaterial> = {}): TlsMaterial => ({ ca: [ca], ...over });
const sender = (port: number, tls = trusting(), host = '127.0.0.1') =>
  syslogOverTls({ host, port, tls, origin: ORIGIN, clock, settleMs: 1000, timeoutSeconds: 3 });
const messages = (...names: string[]): CollectorMessage[] =>
  names.map((name) => ({
    at: AT,
    xml: `<AuditMessage>${name}</AuditMessage>`,
    isAlarming: name === 'alarm',
  }));
const named = (collector: SyslogCollector) =>
  collector.messages.map((message) => /<AuditMessage>(.*)<\/AuditMessage>/.exec(message)?.[1]);
const never = new AbortController().signal;

describe('a syslog message', () => {
  it('has priority, header, byte order mark and XML as the standards say, and the count is of octets', async () => {
    await using collector = await startSyslogCollector(server);
    await using to = sender(collector.port);
    await to.send(messages('肺', 'alarm'), never);
    expect(collector.messages).toEqual([
      '<85>1 2026-01-02T03:04:05.678Z earshot.test EARSHOT 42 DICOM+RFC3881 - \uFEFF<AuditMessage>肺</AuditMessage>',
      '<84>1 2026-01-02T03:04:05.678Z earshot.test EARSHOT 42 DICOM+RFC3881 - \uFEFF<AuditMessage>alarm</AuditMessage>',
    ]);
  });

  it('goes over one connection with all that follow, in TLS 1.2 as in 1.3', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      await using collector = await startSyslogCollector(server, { maxVersion });
      await using to = sender(collector.port);
      for (const name of ['a', 'b', 'c']) await to.send(messages(name), never);
      expect(named(collector)).toEqual(['a', 'b', 'c']);
      expect(collector.connections()).toBe(1);
    }
  });
});

describe('nothing is handed over', () => {
  it('to a collector of another authority, or of another name', async () => {
    const stranger = certificates.signed('stranger', 'other-collector');
    const misnamed = certificates.signed('authority', 'misnamed', 'DNS:else.test');
    for (const certificate of [stranger, misnamed]) {
      await using collector = await startSyslogCollector(certificate);
      await using to = sender(collector.port);
      await expect(to.send(messages('a'), never)).rejects.toMatchObject({ code: 'AUDIT_FAILED' });
      expect(collector.messages).toEqual([]);
    }
  });

  it('to one that asks for a certificate of ours, until it is shown', async () => {
    const ours = certificates.signed('clients', 'earshot');
    const options = { clientAuthority: certificates.authority('clients') };
    await using collector = await startSyslogCollector(server, options);
    await using without = sender(collector.port);
    await expect(without.send(messages('a'), never)).rejects.toMatchObject({ code: 'AUDIT_FAILED' });
    expect(collector.messages).toEqual([]);
    const shown = { cert: readFileSync(ours.cert, 'utf8'), key: readFileSync(ours.key, 'utf8') };
    await using withIt = sender(collector.port, trusting(shown));
    await withIt.send(messages('a'), never);
    expect(named(collector)).toEqual(['a']);
  });

  it('to nobody: the fault names what the system says', async () => {
    await using to = sender(await freePort());
    await expect(to.send(messages('a'), never)).rejects.toMatchObject({
      code: 'AUDIT_FAILED',
      detail: 'ECONNREFUSED',
    });
  });
});

it('what was handed over just before a connection broke is sent again before what follows', async () => {
  await using collector = await startSyslogCollector(server);
  await using to = sender(collector.port);
  await to.send(messages('a', 'b'), never);
  collector.cut();
  await until('the message after the break', async () => {
    await to.send(messages('c'), never).catch(() => undefined);
    return named(collector).includes('c') || undefined;
  });
  expect(named(collector)).toEqual(['a', 'b', 'a', 'b', 'c']);
});

describe('the spool', () => {
  it('keeps lines while the collector is down, over a restart, and sends them in order when it is back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earshot-audit-'));
    const port = await freePort();
    const write = async (actions: readonly string[]) => {
      const opened = await openCatalogue(await testPlace(folder), clock);
      const trail = new AuditTrail(opened.sql, clock, true);
      const collector = sender(port);
      const spool = new AuditSpool({
        trail,
        collector,
        source: SOURCE,
        factsOf: async () => undefined,
        clock,
        log: keptLog(),
        firstPauseSeconds: 0.05,
      });
      for (const action of actions) {
        await trail.write({
          actor: 'lin',
          role: 'viewer',
          via: 'browser',
          address: '',
          action,
          outcome: 'done',
        });
      }
      const sent = await spool.run(never);
      return {
        sent,
        spool,
        trail,
        close: async () => {
          await collector[Symbol.asyncDispose]();
          await opened.sql.close();
        },
      };
    };
    const first = await write(Array.from({ length: 250 }, (_, index) => `first.${index}`));
    expect(first.sent).toBe(0);
    expect(first.spool.fault?.code).toBe('AUDIT_FAILED');
    expect((await first.trail.backlog()).count).toBe(250);
    await first.close();

    const second = await write(['second.0', 'second.1']);
    expect((await second.trail.backlog()).count).toBe(252);
    await using collector = await startSyslogCollector(server, { port });
    await until('the collector', async () => (await second.spool.run(never)) || undefined);
    expect(second.spool.fault).toBeUndefined();
    expect((await second.trail.backlog()).count).toBe(0);
    expect(collector.messages.map(operationOf)).toEqual([
      ...Array.from({ length: 250 }, (_, index) => `first.${index}`),
      'second.0',
      'second.1',
    ]);
    await second.close();
    await rm(folder, { recursive: true });
  });

  it('of a service tells its start and its stop, and its state what waits', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earshot-audit-'));
    const opened = await openCatalogue(await testPlace(folder), clock);
    await using collector = await startSyslogCollector(server);
    const { port } = collector;
    const leases = localLeases();
    const duties = await startDuties(leases, { mayHave: true, log: keptLog() });
    const auditing = await startAuditing({
      ...opened,
      duties,
      trust: { look: async () => true },
      processes: await joinProcesses(leases, {
        role: 'all',
        config: defaultConfig(),
        now: clock(),
      }),
      config: {
        keepDays: 30,
        syslog: { host: '127.0.0.1', port, ca: [certificates.authority('authority')] },
      },
      clock,
      log: keptLog(),
      source: SOURCE,
    });
    await until('an empty spool', async () => (await auditing.state()).backlog === 0 || undefined);
    expect(await auditing.verify()).toMatchObject({
      isCollected: true,
      backlog: 0,
      problem: null,
      chain: { isWhole: true, rows: 1 },
    });
    await auditing[Symbol.asyncDispose]();
    await opened.sql.close();
    const types = collector.messages.map((message) =>
      parseXml(xmlOf(message)).one('EventIdentification').one('EventTypeCode'),
    );
    expect(types.map(({ attributes }) => attributes['originalText'])).toEqual([
      'Application Start',
      'Application Stop',
    ]);
    await rm(folder, { recursive: true });
  });
});

const xmlOf = (message: string): string => message.slice(message.indexOf('\uFEFF') + 1);

function operationOf(message: string): string {
  const detail = parseXml(xmlOf(message))
    .one('ParticipantObjectIdentification')
    .all('ParticipantObjectDetail')
    .find(({ attributes }) => attributes['type'] === 'operation');
  return Buffer.from(detail?.attributes['value'] ?? '', 'base64').toString();
}
