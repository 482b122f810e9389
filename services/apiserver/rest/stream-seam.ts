import type { Duplex } from "node:stream";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { ResourceRequest } from "./resource-request.ts";

/** What is open for as long as both sides want, and is no object. */
const streamed = new Set(["log", "exec", "attach", "portforward", "proxy"]);

export function isStreamed(subresource: string): boolean {
  return streamed.has(subresource);
}

/** Serves logs, exec, attach, port forwarding and proxies; `upgrade` is the connection of an upgraded request. */
export type OpenStream = (request: ResourceRequest, upgrade?: { socket: Duplex; head: Buffer }) => Promise<void>;

/** Opens a stream of an object. @throws StatusError. */
export const openStream: OpenStream = async (request) => {
  const { plural } = request.served.schema;
  throw new StatusError("MethodNotAllowed", `${plural}/${request.path.subresource} cannot be opened at this server`);
};
