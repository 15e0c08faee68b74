import { describe, expect, test } from 'vitest';
import { configSchema } from '../../../src/startup/config.ts';
import { destinationsOf } from '../../../src/startup/destinations.ts';

const pacs = {
  name: 'pacs',
  aeTitle: 'ORTHANC',
  host: '10.0.0.5',
  port: 4242,
  roles: ['source', 'destination'],
};
const messages = (value: unknown): string[] =>
  configSchema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

describe('configuration', () => {
  test('every key has a default', () => {
    const config = configSchema.parse({});
    expect(config.dimse).toMatchObject({ aeTitle: 'EARSHOT', host: '0.0.0.0', port: 11112 });
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(config.completeness.quietPeriodSeconds).toBe(30);
    expect(config.model).toEqual({ id: 'ear-delta-2023' });
    expect(config.waiting.expireDays).toBe(14);
  });

  test('the example of the documentation is taken', () => {
    const config = configSchema.parse({
      dataDir: './data',
      database: 'sqlite',
      nodes: [
        pacs,
        { name: 'web', dicomWeb: 'https://pacs.example/dicom-web', roles: ['archive', 'destination'] },
      ],
      model: { id: 'ear-delta-2023', normalisation: { mean: -0.1, sd: 2, n: 134, source: 'the authors' } },
    });
    expect(config.nodes).toHaveLength(2);
  });

  test('reports are kept for days that are counted from when their study was removed, so that must be set', () => {
    expect(messages({ retention: { reportDays: 365 } })).toEqual([
      'counts from when retention.days took a study, which is not set',
    ]);
    expect(messages({ retention: { days: 30, reportDays: 365 } })).toEqual([]);
  });

  test('a database is sqlite or an address of PostgreSQL; what is wrong with one is told without its password', () => {
    for (const database of [
      'sqlite',
      'postgres://u:p%40ss@db/earshot',
      'postgresql://db:5433/earshot?sslmode=require',
    ])
      expect(configSchema.parse({ database }).database).toBe(database);
    for (const [database, why] of [
      ['mysql://u:secret@db/earshot', /begins with postgres/],
      ['postgres://u:secret@db', /no database name/],
      ['postgres:///earshot', /no host/],
      ['postgres://u:sec/ret@db/earshot', /percent-encoded/],
      ['', /sqlite or postgres/],
    ] as const) {
      expect(messages({ database }).join()).toMatch(why);
      expect(JSON.stringify(configSchema.safeParse({ database }).error?.issues)).not.toMatch(/sec/);
    }
  });

  test('a key that has moved says where to', () => {
    const oidc = { issuer: 'https://idp.test', clientId: 'a', clientSecret: 'b', roles: {} };
    const publicUrl = 'https://earshot.test';
    expect(messages({ admin: { oidc: { ...oidc, publicUrl } } })).toEqual([
      'it is admin.publicUrl now: move it one level up',
    ]);
    expect(messages({ admin: { oidc, publicUrl } })).toEqual([]);
  });

  test('a proxy is trusted by an address or a network, and by nothing else', () => {
    const proxies = (...trustedProxies: unknown[]) => messages({ admin: { trustedProxies } });
    expect(proxies('10.0.0.2', '10.0.0.0/24', 'fd00::1', 'fd00::/8', '::ffff:10.0.0.2')).toEqual([]);
    for (const wrong of ['proxy', '10.0.0.0/33', '10.0.0', 'fd00::/129', 7, ''])
      expect(proxies(wrong)).toEqual(['an address such as 10.0.0.2, or a network such as 10.0.0.0/24']);
  });

  test('a node is named once, is DIMSE or DICOMweb, and a DIMSE destination says where it is', () => {
    expect(messages({ nodes: [pacs, pacs] })).toEqual(['node pacs is listed twice']);
    expect(messages({ nodes: [{ name: 'a', roles: ['source'] }] })).toEqual([
      'a node has an aeTitle or a dicomWeb address',
    ]);
    expect(messages({ nodes: [{ ...pacs, port: undefined }] })).toEqual([
      'a destination needs host and port',
    ]);
  });

  test('a destination in test mode has a live stand-in with an address', () => {
    const test = { ...pacs, name: 'other', port: 4243 };
    const inTest = (testNode?: string) => ({ ...pacs, mode: 'test', ...(testNode && { testNode }) });
    expect(messages({ nodes: [inTest('other'), test] })).toEqual([]);
    for (const [wrong, others] of [
      [undefined, []],
      ['pacs', []],
      ['nobody', []],
      ['other', [{ ...test, mode: 'off' }]],
      ['scanner', [{ name: 'scanner', aeTitle: 'CT', roles: ['source'] }]],
    ] as const) {
      const said = messages({ nodes: [inTest(wrong), ...others] });
      expect(said, wrong).toEqual(['mode: test needs a testNode: another, live node with an address']);
    }
  });

  test('quiet hours are spans of the clock on the wall, with a zone that exists', () => {
    const quiet = (text: string) => messages({ nodes: [{ ...pacs, quietHours: [text] }] });
    expect(quiet('22:00-06:00')).toEqual([]);
    expect(quiet('12:00-13:30 Europe/Vienna')).toEqual([]);
    for (const wrong of ['22-6', '24:00-06:00', '06:00-06:00', '22:00-06:00 Mars/Olympus', '']) {
      expect(quiet(wrong), wrong).toHaveLength(1);
    }
  });

  test('a destination is sent known objects, in a known language, on known outcomes', () => {
    const given = { sends: ['sr', 'picture', 'pdf', 'view'], language: 'zh', reportsOn: ['progression'] };
    expect(messages({ nodes: [{ ...pacs, ...given }] })).toEqual([]);
    for (const wrong of [
      { sends: [] },
      { sends: ['seg'] },
      { language: 'de' },
      { reportsOn: [] },
      { reportsOn: ['always'] },
      { sendsOn: ['scored'] },
    ]) {
      expect(messages({ nodes: [{ ...pacs, ...wrong }] }), JSON.stringify(wrong)).toHaveLength(1);
    }
    expect(messages({ report: { language: 'fr' } })).toHaveLength(1);
  });

  test('what a destination does not say is SR and picture in the language of the report, unless the case is held', () => {
    const nodes = [pacs, { ...pacs, name: 'asks', sends: ['sr', 'picture'], language: 'en' }];
    const config = configSchema.parse({ nodes, report: { language: 'zh' } });
    expect(config.report.segmentation).toBe(false);
    const reportsOn = ['scored', 'deltaOnly', 'progression'];
    const destinations = destinationsOf(config);
    const sends = ['sr', 'picture'];
    expect(destinations.get('pacs')).toMatchObject({
      sends,
      areSendsChosen: false,
      language: 'zh',
      reportsOn,
    });
    expect(destinations.get('asks')).toMatchObject({ sends, areSendsChosen: true, language: 'en' });
    expect(configSchema.parse({}).report.language).toBe('en');
  });

  test('a DICOMweb node is not asked for a storage commitment', () => {
    const web = { name: 'web', dicomWeb: 'https://pacs.example/dicom-web', roles: ['destination'] };
    expect(messages({ nodes: [{ ...web, confirm: 'readBack' }] })).toEqual([]);
    expect(messages({ nodes: [{ ...web, confirm: 'commitment' }] })).toHaveLength(1);
  });

  test('an AE title has 1 to 16 printable characters without a backslash', () => {
    expect(messages({ dimse: { aeTitle: 'SEVENTEEN_LETTERS' } })).toHaveLength(1);
    expect(messages({ dimse: { aeTitle: 'A\\B' } })).toHaveLength(1);
  });

  test('a normalisation without spread, count or source is refused', () => {
    for (const wrong of [{ sd: 0 }, { n: 0 }, { source: '' }, { mean: Number.NaN }]) {
      const normalisation = { mean: 0, sd: 1, n: 50, source: 'x', ...wrong };
      expect(messages({ model: { normalisation } }), JSON.stringify(wrong)).not.toEqual([]);
    }
  });
});
