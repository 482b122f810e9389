import type { ClientRequest, IncomingMessage } from "node:http";
import { pipeline, type Readable } from "node:stream";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { makeOutgoing, unreachable } from "./outgoing.ts";
import { dropConnectionHeaders } from "./proxy-headers.ts";
import { rewriteHtml } from "./rewrite-html.ts";
import { rewriteUrl, type UrlRewriting } from "./rewrite-url.ts";
import type { ProxiedRequest } from "./serve-proxy.ts";

/** Pages up to this size get addresses that lead through the proxy; larger ones pass as they are. */
const htmlBytesMax = 4 * 1024 * 1024;

/** Passes a plain request on. Resolves when its answer is complete. @throws StatusError ServiceUnavailable. */
export async function forwardRequest(proxied: ProxiedRequest): Promise<void> {
  const { exchange, headers } = proxied;
  const { request } = exchange;
  dropConnectionHeaders(headers);
  const outgoing = makeOutgoing(proxied);
  exchange.whenAnswered(() => outgoing.destroy());
  const answer = answerOf(outgoing);
  // Who answers before all was sent, or breaks off, is heard by `answer`.
  pipeline(request, outgoing, () => {});
  await answerWith(proxied, await answer);
}

function answerOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", (error) => reject(unreachable(error)));
  });
}

async function answerWith(proxied: ProxiedRequest, answer: IncomingMessage): Promise<void> {
  const { exchange, target, prefix } = proxied;
  const { headers } = answer;
  const clientHost = proxied.headers.host ?? "";
  const rewriting: UrlRewriting = { prefix, hosts: [`${target.host}:${target.port}`, target.host, clientHost] };
  dropConnectionHeaders(headers);
  if (headers.location) headers.location = rewriteUrl(headers.location, rewriting);
  const isPage = /^text\/html\b/i.test(headers["content-type"] ?? "");
  const page = isPage && exchange.method !== "HEAD" && !headers.location ? await readPage(answer) : undefined;
  if (page?.isWhole) {
    const html = decompressed(page.bytes, headers["content-encoding"]);
    if (html) {
      delete headers["content-encoding"];
      const body = Buffer.from(rewriteHtml(html.toString("latin1"), rewriting), "latin1");
      headers["content-length"] = String(body.length);
      sendHead(proxied, answer);
      exchange.response.end(body);
      return;
    }
  }
  sendHead(proxied, answer);
  if (page) exchange.write(page.bytes);
  if (page?.isWhole) exchange.response.end();
  else await pipeAll(answer, proxied);
}

function sendHead({ exchange }: ProxiedRequest, { statusCode = 502, headers }: IncomingMessage): void {
  const { response } = exchange;
  if (response.destroyed || response.headersSent) return;
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
}

function pipeAll(answer: Readable, { exchange }: ProxiedRequest): Promise<void> {
  return new Promise((resolve) => {
    pipeline(answer, exchange.response as NodeJS.WritableStream, (error) => {
      // Half an answer must not look like a whole one.
      if (error) exchange.response.destroy();
      resolve();
    });
  });
}

interface Page {
  bytes: Buffer;
  /** Whether nothing follows. */
  isWhole: boolean;
}

async function readPage(answer: IncomingMessage): Promise<Page> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > htmlBytesMax) return { bytes: Buffer.concat(chunks), isWhole: false };
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}

/** Undefined when it cannot be read. */
function decompressed(bytes: Buffer, encoding: string | undefined): Buffer | undefined {
  const options = { maxOutputLength: 2 * htmlBytesMax };
  try {
    if (!encoding || encoding === "identity") return bytes;
    if (encoding === "gzip") return gunzipSync(bytes, options);
    if (encoding === "deflate") return inflateSync(bytes, options);
    return encoding === "br" ? brotliDecompressSync(bytes, options) : undefined;
  } catch {
    return undefined;
  }
}
