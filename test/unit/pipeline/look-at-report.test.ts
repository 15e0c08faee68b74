import { describe, expect, it } from 'vitest';
import { Fault, type FaultCode } from '../../../src/fault.ts';
import { lookAtReport } from '../../../src/pipeline/look-at-report.ts';
import type { IncomingInstance } from '../../../src/ports.ts';
import { keptLog } from '../../support/log.ts';
import { openedCatalogue } from '../catalogue/opened.ts';

describe('a report or key object that cannot be read', () => {
  const looking = async (code: FaultCode) => {
    const { catalogue } = await openedCatalogue();
    let discarded = 0;
    const incoming = {
      finish: () => Promise.reject(new Fault(code)),
      discard: async () => void discarded++,
    } as unknown as IncomingInstance;
    const looked = lookAtReport({ catalogue, log: keptLog() }, incoming, { SOPInstanceUID: '2.25.1' });
    const outcome = await looked.then(
      () => 'dropped',
      (thrown: Fault) => thrown.code,
    );
    return { outcome, discarded };
  };

  it.each(['STORAGE_FULL', 'STORAGE_FAILED'] as const)(
    'for a fault of our disk (%s) is refused, so that it is sent again: it may say what a later case is scored with',
    async (code) => expect(await looking(code)).toEqual({ outcome: code, discarded: 1 }),
  );

  it.each(['DICOM_UNPARSABLE', 'DICOM_TRUNCATED', 'DICOM_MISSING_ATTRIBUTE'] as const)(
    'for what it holds (%s) is dropped, and its sender goes on',
    async (code) => expect(await looking(code)).toEqual({ outcome: 'dropped', discarded: 1 }),
  );
});
