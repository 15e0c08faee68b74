import { describe, expect, it } from 'vitest';
import { answerOf } from '../../../../adapters/dicomweb/stow-response.ts';

const reason = (value: number) => ({ '00081197': { vr: 'US', Value: [value] } });
const failing = (tag: string, ...items: object[]) => ({ [tag]: { vr: 'SQ', Value: items } });
const stored = failing('00081199', { '00081155': { vr: 'UI', Value: ['2.25.1'] } });
const FAILED = '00081198';
const OTHER = '0008119A';
const answer = (status: number, body: object) => answerOf(status, JSON.stringify(body));

describe('PS3.18 I.2: what a Store Instances Response says of the one instance', () => {
  it.each([200, 202])(
    'HTTP %i with a failure in it is none of success, also where its UIDs are not told',
    (status) => {
      for (const tag of [FAILED, OTHER]) {
        expect(() => answer(status, failing(tag, reason(0xc000)))).toThrow(/PEER_REFUSED.*0xC000/);
        expect(() => answer(status, failing(tag, {}))).toThrow(/PEER_REFUSED.*0x110/);
        expect(() => answer(status, failing(tag, reason(0xa700)))).toThrow(/PEER_BUSY/);
        expect(answer(status, failing(tag, reason(0x0111)))).toMatchObject({ status: 0x0111 });
      }
    },
  );

  it('a part that failed without its UIDs is another one where ours is among the stored', () => {
    expect(answer(200, { ...stored, ...failing(OTHER, reason(0xc000)) })).toEqual({
      status: 200,
      warning: false,
    });
    expect(() => answer(200, { ...stored, ...failing(FAILED, reason(0xc000)) })).toThrow(/PEER_REFUSED/);
  });
});
