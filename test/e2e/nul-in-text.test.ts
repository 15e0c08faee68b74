/** Some writers leave U+0000 within texts, which PostgreSQL does not keep. */
import { expect, it } from 'vitest';
import { phantomCase } from '../support/phantom-case.ts';
import { startService } from '../support/running-service.ts';

it('a case whose texts hold NUL goes the whole way, on either database', async () => {
  const phantom = phantomCase('nul');
  const every = {
    PatientName: 'A\u0000B',
    IssuerOfPatientID: 'H\u0000I',
    StudyDescription: 'C\u0000D',
    SeriesDescription: 'E\u0000F',
    AccessionNumber: '1\u00002',
    Manufacturer: 'G\u0000H',
  };
  await using service = await startService();
  await service.send(phantom.objects('baseline', { every }).all);
  await service.send(phantom.objects('followUp', { every }).all);
  const { StudyInstanceUID } = phantom.followUp;
  await service.inState(StudyInstanceUID, 'delivered', 60_000);
  expect(service.arrived(StudyInstanceUID)).toHaveLength(1);
  const { catalogue } = service.service.world;
  expect(await catalogue.sql.query('SELECT 1 FROM "delivery" WHERE "attempts" <> 1')).toEqual([]);
});
