import { describe, expect, it } from 'vitest';
import { dimseDestination } from '../../adapters/dimse/destination.ts';
import { startScriptedArchive } from '../support/scripted-archive.ts';
import { STUDY } from '../unit/catalogue/opened.ts';
import { deliveryWorld } from '../unit/pipeline/delivery-world.ts';

const pacs = (port: number) =>
  dimseDestination(
    { name: 'pacs', roles: [], host: '127.0.0.1', port, aeTitle: 'PACS' },
    { callingAeTitle: 'EARSHOT', timeoutSeconds: 5 },
  );

async function answeredWith(status: number) {
  await using archive = await startScriptedArchive(() => ({ status, comment: 'its words' }));
  await using one = await deliveryWorld([pacs(archive.port)]);
  const row = await one.tryOnce();
  const events = await one.world.catalogue.eventsOf(STUDY);
  const told = events.filter(({ kind }) => kind.startsWith('delivery.')).at(-1);
  return { row, told, state: await one.state() };
}

describe('a C-STORE status is what the delivery says (PS3.4 table B.2-1; connect#3858, weasis-dicom-tools#4)', () => {
  it.each([0x0000, 0x0111])('0x%s: the peer has the object', async (status) => {
    const { row, told, state } = await answeredWith(status);
    expect(row).toMatchObject({ state: 'delivered', status, warning: false, fault: null });
    expect(told).toMatchObject({ kind: 'delivery.delivered', detail: { status, warning: false } });
    expect(state).toBe('delivered');
  });

  it.each([0xb000, 0xb006, 0xb007, 0x0107, 0x0116])(
    'warning %s: delivered, and the warning stands in row and event with the words of the peer',
    async (status) => {
      const { row, told, state } = await answeredWith(status);
      expect(row).toMatchObject({ state: 'delivered', status, warning: true, comment: 'its words' });
      const detail = { status, warning: true, comment: 'its words' };
      expect(told).toMatchObject({ kind: 'delivery.delivered', detail });
      expect(state).toBe('delivered');
    },
  );

  it.each([0xa700, 0xa7ff, 0x0110, 0x0213])(
    'busy %s: not delivered, tried again, no refusal',
    async (status) => {
      const { row, told, state } = await answeredWith(status);
      expect(row).toMatchObject({ state: 'waiting', fault: 'PEER_BUSY', attempts: 1, refusals: 0 });
      expect(told).toMatchObject({ kind: 'delivery.waiting', detail: { fault: 'PEER_BUSY' } });
      expect(state).toBe('delivering');
    },
  );

  it.each([0xa900, 0xc000, 0xcfff, 0x0122, 0x0124, 0x0117, 0xfe00, 0x1234])(
    'refused %s: not delivered, and counted as a refusal',
    async (status) => {
      const { row, told, state } = await answeredWith(status);
      expect(row).toMatchObject({ state: 'waiting', fault: 'PEER_REFUSED', attempts: 1, refusals: 1 });
      expect(told).toMatchObject({ kind: 'delivery.waiting', detail: { fault: 'PEER_REFUSED' } });
      expect(state).toBe('delivering');
    },
  );
});
