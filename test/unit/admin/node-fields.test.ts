import { describe, expect, it } from 'vitest';
import { fieldsOf, nodeOf, problemsIn } from '../../../adapters/admin/pages/node-fields.ts';

const archive = {
  ...{ name: 'archive', aeTitle: 'ARCHIVE', host: 'pacs.example', port: 104, roles: ['source', 'archive'] },
  ...{ tls: { ca: ['a.pem', 'b.pem'], cert: 'c.pem', key: 'k.pem' }, addresses: ['10.0.0.5', '10.1.0.0/16'] },
  ...{ retrieve: 'move', queryModel: 'study', poll: { everyMinutes: 5, lookBackDays: 0 }, disabled: true },
};
const web = {
  ...{ name: 'web', dicomWeb: 'https://pacs.example/x', roles: ['destination'], tls: true },
  ...{ auth: { user: 'ada', password: '(kept)' }, mode: 'test', testNode: 'archive', confirm: 'readBack' },
  ...{ sends: ['sr', 'pdf'], language: 'zh', reportsOn: ['scored'], srSopClass: 'comprehensive3d' },
  ...{ fallback: 'otherSrClass', quietHours: ['22:00-06:00', '12:00-13:00 Europe/Vienna'], maxPerMinute: 9 },
};

describe('a node in the form', () => {
  it.each([archive, web])('comes back as it was when nothing is changed: %#', (node) => {
    expect(nodeOf(fieldsOf(node), node)).toEqual(node);
  });

  it('with empty fields says nothing of them, and keeps what the form does not know', () => {
    const fields = { name: [' new '], aeTitle: ['NEW'], host: [''], port: [' '], quietHours: [' , '] };
    expect(nodeOf(fields, { other: 1 })).toEqual({ name: 'new', aeTitle: 'NEW', roles: [], other: 1 });
  });

  it('keeps a secret of the same kind of login only, and takes what is typed', () => {
    const before = { auth: { bearer: '(kept)' } };
    expect(nodeOf({ auth: ['bearer'] }, before)['auth']).toEqual({ bearer: '(kept)' });
    expect(nodeOf({ auth: ['bearer'], 'auth.secret': ['typed'] }, before)['auth']).toEqual({
      bearer: 'typed',
    });
    expect(nodeOf({ auth: ['user'], 'auth.user': ['ada'] }, before)['auth']).toEqual({
      user: 'ada',
      password: '',
    });
    expect(nodeOf({ auth: ['none'] }, before)).not.toHaveProperty('auth');
  });

  it('gives what is no number as it was typed, so that the schema can say what is wrong', () => {
    expect(nodeOf({ port: ['eleven'] })['port']).toBe('eleven');
    expect(nodeOf({ port: ['104'] })['port']).toBe(104);
  });
});

it('problems stand at the field of this node; those of other nodes and of the whole stand for themselves', () => {
  const detail =
    'nodes:3:5 1.port: a number is expected; nodes:9:1 1: a destination needs host and port; nodes:4:2 0.name: taken; nodes: no secret is kept here for x.auth.bearer; nodes:5:5 1.addresses.0: no address';
  expect(problemsIn(detail, 1)).toEqual([
    { field: 'port', text: 'a number is expected' },
    { field: undefined, text: 'a destination needs host and port' },
    { field: undefined, text: '0.name: taken' },
    { field: undefined, text: 'no secret is kept here for x.auth.bearer' },
    { field: 'addresses', text: 'no address' },
  ]);
});
