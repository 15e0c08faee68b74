import { openSqlite } from '../../adapters/database/sqlite.ts';
import { describeSql } from './sql.contract.ts';

describeSql('SQLite', async () => openSqlite(':memory:'));
