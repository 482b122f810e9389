import type { ResourceRequest } from "./resource-request.ts";
import { serveStream } from "./streams/open-stream.ts";

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
  return serveStream(request);
}
