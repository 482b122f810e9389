import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isStatusError, StatusError } from "../../../lib/base/status-error.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import { endpointOf } from "./endpoints.ts";
import type { Endpoint, HttpAnswer } from "./http-answer.ts";
import { answerGet } from "./http-get.ts";
import type { HttpGuard } from "./http-guard.ts";

/** Answers over HTTP to who may ask. */
export function httpDoor(endpoints: readonly Endpoint[], guard: HttpGuard, logger: Logger): RequestListener {
  return (request, response) => {
    serve(endpoints, guard, request, response).catch((error: unknown) => {
      if (!isStatusError(error)) logger.warn({ err: error, url: request.url }, "a request could not be answered");
      if (response.headersSent) return void response.destroy();
      const { code, message } = isStatusError(error) ? error : { code: 500, message: "internal error" };
      response.writeHead(code, { "Content-Type": "text/plain; charset=utf-8" }).end(`${message}\n`);
    });
  };
}

async function serve(
  endpoints: readonly Endpoint[],
  guard: HttpGuard,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url ?? "/";
  const identity = await guard.identify(request);
  const { subresources = ["proxy"] } = endpointOf(endpoints, new URL(path, "https://kubelet").pathname) ?? {};
  await guard.authorise(identity, verbOf(request), subresources);
  if (request.method !== "GET" && request.method !== "HEAD")
    throw new StatusError("MethodNotAllowed", "kubelets answer GET and HEAD only");
  const abort = new AbortController();
  response.once("close", () => abort.abort(new StatusError("Timeout", "the client has gone")));
  await send(await answerGet(endpoints, path, abort.signal), request, response);
}

async function send(answer: HttpAnswer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { code, contentType, body } = answer;
  response.writeHead(code, { "Content-Type": contentType });
  if (request.method === "HEAD") response.end();
  else if (typeof body === "string") response.end(body);
  else await pipeline(Readable.from(body), response);
}

/** As Kubernetes asks for it. */
function verbOf({ method }: IncomingMessage): string {
  const verbs: Record<string, string> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };
  return verbs[method ?? ""] ?? "get";
}
