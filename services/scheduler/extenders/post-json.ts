import { request as requestHttp } from "node:http";
import { type RequestOptions, request as requestHttps } from "node:https";
import { StatusError } from "../../../lib/base/status-error.ts";

/** As long an answer may be. */
const bytesMax = 64 * 1024 * 1024;

/** Posts a value and answers the value that comes back. @throws StatusError when there is none within the time. */
export async function postJson(url: URL, value: unknown, timeoutMs: number, tls: RequestOptions): Promise<unknown> {
  const body = Buffer.from(JSON.stringify(value));
  const headers = { "content-type": "application/json", "content-length": body.length };
  const options = { ...tls, method: "POST", headers, signal: AbortSignal.timeout(timeoutMs) };
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  try {
    return JSON.parse(await exchange(send(url, options), body, url));
  } catch (error) {
    if (error instanceof StatusError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StatusError("ServiceUnavailable", `failed to ask the extender at URL ${url}: ${reason}`);
  }
}

function exchange(request: ReturnType<typeof requestHttp>, body: Buffer, url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("error", reject);
      response.on("data", (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > bytesMax) request.destroy(new Error("the answer is too long"));
      });
      response.on("end", () => {
        const code = response.statusCode ?? 0;
        if (code === 200) resolve(Buffer.concat(parts).toString("utf8"));
        else reject(new StatusError("ServiceUnavailable", `failed to ask the extender at URL ${url}, code ${code}`));
      });
    });
    request.end(body);
  });
}
