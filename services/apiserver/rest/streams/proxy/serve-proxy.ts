import type { IncomingHttpHeaders } from "node:http";
import { admitConnect } from "../../../admission/admit-connect.ts";
import type { Caller } from "../../../core.ts";
import type { AnyHttpRequest, Exchange } from "../../exchange.ts";
import type { ResourceRequest } from "../../resource-request.ts";
import { letInWith } from "../let-in.ts";
import { wantedProtocol } from "../take-socket.ts";
import { askKubelet } from "./ask-kubelet.ts";
import { forwardRequest } from "./forward-request.ts";
import { forwardUpgrade } from "./forward-upgrade.ts";
import { dropCredentials } from "./proxy-headers.ts";
import { proxyPath } from "./proxy-path.ts";
import { findTarget, type ProxyTarget } from "./proxy-target.ts";

/** A request as it goes to the one that is asked. */
export interface ProxiedRequest {
  readonly exchange: Exchange;
  readonly target: ProxyTarget;
  /** With the query. */
  readonly url: string;
  /** `host` is the one by which the client came. */
  readonly headers: IncomingHttpHeaders;
  /** The path of the proxy. */
  readonly prefix: string;
}

const verbs: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Passes a request on to a pod, a service or a node, and its answer back. @throws StatusError. */
export async function serveProxy(request: ResourceRequest): Promise<void> {
  const { exchange } = request;
  const verb = Object.hasOwn(verbs, exchange.method) ? verbs[exchange.method] : undefined;
  const caller = await letInWith(request, verb ?? exchange.method.toLowerCase());
  const { prefix, path } = proxyPath(exchange.path);
  await admitProxy(request, path, caller);
  const target = await findTarget(request);
  const mark = (exchange.request.url ?? "").indexOf("?");
  const query = mark < 0 ? "" : (exchange.request.url ?? "").slice(mark);
  if (path === "" && (exchange.method === "GET" || exchange.method === "HEAD") && !exchange.upgrade) {
    // Relative addresses would otherwise lead past the proxy.
    return exchange.send(301, "text/plain", "", { Location: `${prefix}/${query}` });
  }
  if ("kubeletOf" in target) return askKubelet(request, target.kubeletOf, `${path || "/"}${query}`);
  const headers = outgoingHeaders(exchange.request, target, prefix + path);
  const proxied: ProxiedRequest = { exchange, target, url: `${path || "/"}${query}`, headers, prefix };
  exchange.beLongRunning();
  return wantedProtocol(exchange) ? forwardUpgrade(proxied) : forwardRequest(proxied);
}

function admitProxy({ core, served, path: asked }: ResourceRequest, path: string, caller: Caller): Promise<void> {
  const { group, plural, kind } = served.schema;
  const { namespace, name } = asked;
  const options = { kind: `${kind}ProxyOptions`, ...(path && { path }) };
  const info = core.resource(group, plural);
  return admitConnect(core, { info, namespace, name, subresource: "proxy", options }, caller);
}

function outgoingHeaders(request: AnyHttpRequest, { scheme }: ProxyTarget, uri: string): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = { ...request.headers };
  const clientHost = headers.host ?? String(headers[":authority"] ?? "");
  dropCredentials(headers);
  // It was answered here.
  delete headers.expect;
  headers.host = clientHost;
  headers["x-forwarded-host"] = clientHost;
  headers["x-forwarded-proto"] = scheme;
  headers["x-forwarded-uri"] = uri;
  const before = headers["x-forwarded-for"];
  const { remoteAddress = "" } = request.socket;
  headers["x-forwarded-for"] = before ? `${String(before)}, ${remoteAddress}` : remoteAddress;
  return headers;
}
