/** What programs connections to services: nftables in the kernel, or forwarding in this process. */
export interface ProxyBackend {
  readonly name: "nftables" | "userspace";

  /**
   * Makes the node's load balancing equal to `table`, in one transaction: no connection sees half of it. Established
   * connections to endpoints that remain are undisturbed; UDP flows of endpoints that went are flushed.
   * @throws Error with the tool's own words when the node refuses; the state before is then unchanged.
   */
  apply(table: ServiceTable): Promise<void>;

  /** Removes everything `apply` made. Idempotent. */
  close(): Promise<void>;
}

/** One node's view of all services, ready to program. */
export interface ServiceTable {
  ports: ServicePortEntry[];
}

/**
 * One port of one service with the endpoints that take its connections on this node. Never changed once handed over:
 * the same object in the next table says that nothing in it changed, which makes a change among thousands cheap.
 */
export interface ServicePortEntry {
  /** `namespace/name:port`, for people. */
  id: string;
  protocol: "TCP" | "UDP" | "SCTP";
  /** Addresses by which the port is reached at `port` from inside: cluster IPs. */
  addresses: string[];
  /** Addresses by which it is reached from outside at `port`, treated like the node port: external IPs, load balancer addresses. */
  externalAddresses?: string[];
  /** Ranges such as `203.0.113.0/24`, one of which a client of `externalAddresses` must be in; any client when absent. */
  sourceRanges?: string[];
  port: number;
  /** Port on each of the node's own addresses; absent when the service has none. */
  nodePort?: number;
  /** The IP versions that the node port speaks; those of the entry's addresses when absent. */
  nodePortFamilies?: readonly (4 | 6)[];
  /** How long one client keeps its endpoint, in seconds; absent without session affinity. */
  affinitySeconds?: number;
  /** Endpoints for connections to `addresses`; empty: refused at once. */
  endpoints: Endpoint[];
  /**
   * Endpoints for connections from outside (`externalTrafficPolicy: Local`), which see the client's own address; `endpoints` when
   * absent. Clients on the node and in pods have `endpoints` also at the external addresses and the node port.
   */
  externalEndpoints?: Endpoint[];
}

export interface Endpoint {
  ip: string;
  port: number;
}
