import type { HttpBindings } from '@hono/node-server';

/** What a route gets beside the request: Node's own. */
export type Env = { Bindings: HttpBindings };
