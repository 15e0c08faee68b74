import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { configSchema } from '../../../src/startup/config.ts';
import { createTestDoor } from '../../../src/startup/test-door.ts';

const config = configSchema.parse({ dimse: { host: '0.0.0.0' } });
const from = (address: string, callingAeTitle = 'EARSHOT') => ({
  ...{ calledAeTitle: 'EARSHOT', callingAeTitle, address },
});

it('the door that another process has open lets in callers from its machine alone, under our title', () => {
  const door = createTestDoor();
  const elsewhere = { host: 'admin-1', addresses: ['10.0.0.31', 'fd00::31'] };
  {
    using _open = door.open({ PatientID: 'EARSHOT-TEST-1', from: elsewhere });
    for (const address of ['10.0.0.31', '::ffff:10.0.0.31', 'fd00::31'])
      expect([address, door.mayStore(config, from(address))]).toEqual([address, true]);
    for (const address of ['10.0.0.32', '127.0.0.1', '::1', ''])
      expect([address, door.admits(config, from(address))]).toEqual([address, false]);
    expect(door.admits(config, from('10.0.0.31', 'OTHER'))).toBe(false);
  }
  expect(door.admits(config, from('10.0.0.31'))).toBe(false);
});

it('on one machine it comes by loopback; for a C-ECHO nothing may be stored', () => {
  const door = createTestDoor();
  using _open = door.open({ from: { host: hostname(), addresses: [] } });
  expect(door.admits(config, from('127.0.0.1'))).toBe(true);
  expect(door.mayStore(config, from('127.0.0.1'))).toBe(false);
  expect(door.admits(config, from('10.0.0.31'))).toBe(false);
});
