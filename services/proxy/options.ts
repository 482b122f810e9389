/** Settings of one node's proxy. */
export interface ProxyOptions {
  /** The node whose endpoints count as local. */
  nodeName: string;
  /** Other nodes that have no network of their own: their endpoints are local, too. */
  sharing?: readonly string[];
  /** Changes that come closer together than this are programmed together, in milliseconds. */
  syncIntervalMs: number;
  /** How often the table is applied without a change, so that ports that were taken and rules that were lost come back, in milliseconds. */
  resyncMs: number;
}

/** Settings that are the same on most nodes. */
export const proxyDefaults = { syncIntervalMs: 50, resyncMs: 30_000 } satisfies Partial<ProxyOptions>;
