import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { ClusterAccess } from "../../../lib/client/kubeconfig.ts";

const deadlineMs = 10_000;
const answerBytesMax = 1024 * 1024;

/** Posts JSON to a service and answers its JSON. Rejects when it does not answer with 2xx in time. */
export function postJson(access: ClusterAccess, body: unknown): Promise<Record<string, unknown>> {
  const { server, ca, cert, key, token } = access;
  const text = JSON.stringify(body);
  const tls = { ...(ca && { ca }), ...(cert && key && { cert, key }) };
  const headers = {
    ...{ "content-type": "application/json", "content-length": Buffer.byteLength(text) },
    ...(token && { authorization: `Bearer ${token}` }),
  };
  const send = new URL(server).protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(deadlineMs);
    const request = send(server, { method: "POST", headers, signal, ...tls }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > answerBytesMax) request.destroy(new Error(`${server} answers too much`));
        else chunks.push(chunk);
      });
      response.on("end", () => {
        const { statusCode = 0 } = response;
        if (statusCode < 200 || statusCode > 299) return reject(new Error(`${server} answers ${statusCode}`));
        try {
          resolve({ ...JSON.parse(Buffer.concat(chunks).toString()) });
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on("error", reject);
    request.end(text);
  });
}
