import pg from 'pg';
import { connectionTo } from '../database/postgres-connection.ts';
import { CHANNEL } from './pg-boss-rows.ts';

const RECONNECT_MS = 1000;

/** Calls `woken` with the kind of every job that any process puts for now. While the connection is lost, jobs are only looked for. */
export function listenForJobs(url: string, woken: (kind: string) => void): AsyncDisposable {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const connect = (): void => {
    const mine = new pg.Client(connectionTo(url, { name: 'earshot-listen', statementSeconds: 30 }));
    client = mine;
    let isFollowed = false;
    const follow = (): void => {
      if (isFollowed || isOver) return;
      isFollowed = true;
      timer = setTimeout(connect, RECONNECT_MS);
    };
    mine.on('error', follow);
    mine.on('notification', ({ payload = '' }) => woken(payload));
    mine.once('end', follow);
    mine
      .connect()
      .then(() => mine.query(`LISTEN ${CHANNEL}`))
      .catch(() => mine.end().finally(follow));
  };
  connect();
  return {
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
