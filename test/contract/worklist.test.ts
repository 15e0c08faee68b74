import { openSqlite } from '../../adapters/database/sqlite.ts';
import { describeWorklist } from './worklist.contract.ts';

describeWorklist('SQLite', async () => openSqlite(':memory:'));
