import { isIP } from "node:net";
import type { EndpointSlice, Endpoint as SliceEndpoint } from "../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { Endpoint } from "./backends/backend.ts";

/** An endpoint of one port, with what decides whether it gets connections. */
export interface Candidate extends Endpoint {
  ready: boolean;
  /** Terminating, and answering until it is gone. */
  draining: boolean;
  nodeName: string | undefined;
  /** From where traffic is to come to it; empty when that was not said. */
  forNodes: string[];
  forZones: string[];
}

/** Where a node is. */
export interface NodePosition {
  name: string;
  zone?: string;
  /** Other nodes whose proxy is the same one, as they have no network of their own. */
  sharing?: ReadonlySet<string>;
}

/** Whether an endpoint is on the node. */
export function isHere({ nodeName }: Candidate, { name, sharing }: NodePosition): boolean {
  return nodeName !== undefined && (nodeName === name || sharing?.has(nodeName) === true);
}

/** All endpoints that the slices of a service have for its port `name`, each once. */
export function candidatesOf(slices: EndpointSlice[], name: string, protocol: string): Candidate[] {
  const candidates = new Map<string, Candidate>();
  for (const slice of inOrder(slices)) {
    for (const port of slice.ports ?? []) {
      if ((port.name ?? "") !== name || (port.protocol ?? "TCP") !== protocol || !port.port) continue;
      for (const endpoint of slice.endpoints ?? []) {
        // All addresses of an endpoint are the same; Kubernetes' proxies take the first.
        const ip = endpoint.addresses?.[0] ?? "";
        if (isIP(ip) === 0) continue;
        const key = `${ip} ${port.port}`;
        const known = candidates.get(key);
        // While an endpoint moves between slices it may be in two, and in one of them be out of date.
        if (!known?.ready) candidates.set(key, candidateOf(endpoint, ip, port.port));
      }
    }
  }
  return [...candidates.values()];
}

/** Those that get connections: the ready ones; where there are none, those that are draining. */
export function usable(candidates: Candidate[]): Endpoint[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  const chosen = ready.length > 0 ? ready : candidates.filter((candidate) => candidate.draining);
  return chosen.map(({ ip, port }) => ({ ip, port }));
}

/**
 * Those whose hints say that they are for this node, or else for its zone; all of them where one that is ready has no such
 * hint, or where none is for here.
 */
export function nearest(candidates: Candidate[], { name, zone, sharing }: NodePosition): Candidate[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  if (ready.length === 0) return candidates;
  const near = (hintsOf: (candidate: Candidate) => string[], isPlace: (hint: string) => boolean) =>
    ready.every((candidate) => hintsOf(candidate).length > 0)
      ? ready.filter((candidate) => hintsOf(candidate).some(isPlace))
      : [];
  const onNode = near(
    ({ forNodes }) => forNodes,
    (node) => node === name || sharing?.has(node) === true,
  );
  if (onNode.length > 0) return onNode;
  const inZone =
    zone === undefined
      ? []
      : near(
          ({ forZones }) => forZones,
          (other) => other === zone,
        );
  return inZone.length > 0 ? inZone : candidates;
}

/** By name, so that the order of endpoints does not depend on the order of events. */
function inOrder(slices: EndpointSlice[]): EndpointSlice[] {
  const nameOf = (slice: EndpointSlice) => slice.metadata?.name ?? "";
  return slices
    .filter(({ addressType }) => addressType !== "FQDN")
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : Number(nameOf(a) > nameOf(b))));
}

function candidateOf({ conditions, nodeName, hints }: SliceEndpoint, ip: string, port: number): Candidate {
  // What is unknown counts as ready and as serving.
  const { ready = true, serving = true, terminating = false } = conditions ?? {};
  const forNodes = (hints?.forNodes ?? []).map(({ name = "" }) => name);
  const forZones = (hints?.forZones ?? []).map(({ name = "" }) => name);
  return { ip, port, ready, draining: serving && terminating, nodeName, forNodes, forZones };
}
