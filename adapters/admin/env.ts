import type { HttpBindings } from '@hono/node-server';

/** What stands between browsers and us. */
export type Front = Readonly<{
  /** our address as browsers see it; undefined: they reach us without a proxy, or by one that keeps the header Host */
  publicUrl?: string | undefined;
  /** of proxies whose header X-Forwarded-For counts */
  isTrustedProxy: (address: string) => boolean;
}>;

/** What a route gets beside the request: Node's own, and what stands in front. */
export type Env = { Bindings: HttpBindings; Variables: { front: Front } };
