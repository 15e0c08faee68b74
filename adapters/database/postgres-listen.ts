import pg from 'pg';
import { connectionTo } from './postgres-pool.ts';

const RECONNECT_MS = 1000;

/** Calls `heard` with what any process tells by NOTIFY on the channel. What is told while the connection is lost is not heard. */
export function listen(url: string, channel: string, heard: (payload: string) => void): AsyncDisposable {
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
    mine.on('notification', ({ payload = '' }) => heard(payload));
    mine.once('end', follow);
    mine
      .connect()
      .then(() => mine.query(`LISTEN ${channel}`))
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
