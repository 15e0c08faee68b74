import { describe } from 'vitest';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { openNewPostgres, postgresMissing } from '../support/databases.ts';
import { describeWorklist } from './worklist.contract.ts';

describeWorklist('SQLite', async () => openSqlite(':memory:'));
describe.skipIf(postgresMissing())('where PostgreSQL is installed', () => {
  describeWorklist('PostgreSQL', openNewPostgres);
});
