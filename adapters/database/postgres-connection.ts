import { isConnectionLost, told } from './postgres-faults.ts';
import { listen } from './postgres-listen.ts';
import { connected, openPool, patiently } from './postgres-pool.ts';

const CONNECTIONS = 4;
const STATEMENT_SECONDS = 30;
const PATIENCE_SECONDS = 15;

/** A few connections on which every statement is a transaction of its own, as the server's settings say (READ COMMITTED). */
export function openConnection(url: string, name: string) {
  const pool = openPool(url, { name, maxConnections: CONNECTIONS, statementSeconds: STATEMENT_SECONDS });
  return {
    run: async <Row>(text: string, values?: readonly unknown[]) => {
      const { rows, rowCount } = await connected(
        pool,
        (client) => client.query(text, values && [...values]),
        // Several statements that open a transaction leave it open when one fails.
        (thrown) => values === undefined || isConnectionLost(thrown),
      );
      return { rows: rows as Row[], rowCount };
    },
    patiently: <T>(task: () => Promise<T>): Promise<T> => patiently(task, PATIENCE_SECONDS, isConnectionLost),
    told,
    listen: (channel: string, heard: (payload: string) => void): AsyncDisposable =>
      listen(url, channel, heard),
    [Symbol.asyncDispose]: (): Promise<void> => pool.end(),
  };
}
