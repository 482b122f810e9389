import { StatusError } from "../../../lib/base/status-error.ts";
import type { ResourceRequest } from "./resource-request.ts";

/** What is open for as long as both sides want, and is no object. */
const streamed = new Set(["log", "exec", "attach", "portforward", "proxy"]);

export function isStreamed(subresource: string): boolean {
  return streamed.has(subresource);
}

/**
 * Serves logs, exec, attach, port forwarding and proxies. `request.exchange.upgrade` is the connection when the client asked
 * for another protocol; `request.path.rest` is what a proxy is asked for. The caller has been authenticated, not let in:
 * handlers do that. @throws StatusError.
 */
export async function openStream(request: ResourceRequest): Promise<void> {
  const { plural } = request.served.schema;
  throw new StatusError("MethodNotAllowed", `${plural}/${request.path.subresource} cannot be opened at this server`);
}
