import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Node } from "../../../../../gen/typernetes/core/v1/node.ts";
import { KubeletServiceDefinition } from "../../../../../gen/typernetes/kubelet/v1/kubelet.ts";
import { StatusError } from "../../../../../lib/base/status-error.ts";
import type { Exchange } from "../../exchange.ts";
import type { ResourceRequest } from "../../resource-request.ts";

const { httpGet } = KubeletServiceDefinition.methods;

/** Answers with what a node's kubelet has under a path. @throws StatusError `MethodNotAllowed`, `ServiceUnavailable`. */
export async function askKubelet({ core, exchange }: ResourceRequest, node: Node, path: string): Promise<void> {
  if (exchange.method !== "GET" && exchange.method !== "HEAD")
    throw new StatusError("MethodNotAllowed", "kubelets answer GET and HEAD only");
  exchange.beLongRunning();
  const kubelet = await kubeletOf(core.kubeletTransport(node));
  const { signal } = exchange;
  const answers = kubelet.serverStream(KubeletServiceDefinition, httpGet, { path }, { signal });
  for await (const { code, contentType, chunk } of answers) {
    if (code !== undefined) exchange.begin(code, contentType ?? "text/plain");
    if (exchange.method === "HEAD" || exchange.gone) break;
    if (chunk && !exchange.write(chunk)) await drained(exchange);
  }
  exchange.response.end();
}

/** Until the client has taken what was sent, or has gone. */
async function drained({ response, signal }: Exchange): Promise<void> {
  const sink: Writable = response;
  await once(sink, "drain", { signal }).catch(() => {});
}

async function kubeletOf<T>(connecting: Promise<T>): Promise<T> {
  try {
    return await connecting;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StatusError("ServiceUnavailable", `error trying to reach service: ${why}`, {}, { cause: error });
  }
}
