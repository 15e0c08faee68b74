import { describe } from 'vitest';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { openNewPostgres, postgresMissing } from '../support/databases.ts';
import { describeSql } from './sql.contract.ts';

describeSql('SQLite', async () => openSqlite(':memory:'));
describe.skipIf(postgresMissing())('where PostgreSQL is installed', () => {
  describeSql('PostgreSQL', openNewPostgres);
});
