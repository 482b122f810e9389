import type { HttpGetResponse } from "../../../gen/typernetes/kubelet/v1/kubelet.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { endpointOf } from "./endpoints.ts";
import { type Endpoint, type HttpAnswer, textAnswer } from "./http-answer.ts";

/** Answers a path; what goes wrong before the first byte is an answer, too. */
export async function answerGet(
  endpoints: readonly Endpoint[],
  path: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const url = new URL(path, "https://kubelet");
  const endpoint = endpointOf(endpoints, url.pathname);
  if (!endpoint) return { ...textAnswer("404 page not found\n"), code: 404 };
  try {
    return await endpoint.answer(url, signal);
  } catch (error) {
    if (!isStatusError(error)) throw error;
    return { ...textAnswer(`${error.message}\n`), code: error.code };
  }
}

/** An answer as the node's gRPC service gives it. */
export async function* streamAnswer(answer: Promise<HttpAnswer>): AsyncGenerator<HttpGetResponse> {
  const { code, contentType, body } = await answer;
  yield { code, contentType };
  if (typeof body === "string") yield { chunk: Buffer.from(body) };
  else for await (const chunk of body) yield { chunk };
}
