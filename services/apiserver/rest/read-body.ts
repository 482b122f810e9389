import { StatusError } from "../../../lib/base/status-error.ts";
import type { Exchange } from "./exchange.ts";

/** Larger bodies are refused, as in Kubernetes. */
const bodyBytesMax = 3 * 1024 * 1024;
const empty = Buffer.alloc(0);

/** The body of a request. @throws StatusError RequestEntityTooLarge, BadRequest when it breaks off. */
export async function readBody(exchange: Exchange): Promise<Buffer> {
  const { request } = exchange;
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > bodyBytesMax) throw tooLarge(exchange);
  // Most bodies come together with their head: they are here when the parser has got to its end.
  await undefined;
  if ("stream" in request || !request.complete) return collected(exchange);
  const bytes: Buffer = request.read() ?? empty;
  if (bytes.length > bodyBytesMax) throw tooLarge(exchange);
  return bytes;
}

function collected(exchange: Exchange): Promise<Buffer> {
  const { request } = exchange;
  return new Promise((resolve, reject) => {
    const brokeOff = () => reject(new StatusError("BadRequest", "the body of the request broke off"));
    if (request.destroyed) return brokeOff();
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > bodyBytesMax) reject(tooLarge(exchange));
      else chunks.push(chunk);
    });
    let isComplete = false;
    request.on("end", () => {
      isComplete = true;
      resolve(joined(chunks));
    });
    request.on("close", () => {
      if (!isComplete) brokeOff();
    });
  });
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  if (!first) return empty;
  return chunks.length === 1 ? first : Buffer.concat(chunks);
}

/** What is still coming is thrown away, so that the client hears the answer. */
function tooLarge({ request, response }: Exchange): StatusError {
  request.removeAllListeners("data");
  request.resume();
  if ("shouldKeepAlive" in response) response.shouldKeepAlive = false;
  return new StatusError("RequestEntityTooLarge", `Request entity too large: limit is ${bodyBytesMax}`);
}
