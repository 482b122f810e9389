import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { CallOrigin, Identity } from "../../../lib/grpc/router.ts";
import type { Classification } from "../fairness/fairness.ts";

export type AnyHttpRequest = IncomingMessage | Http2ServerRequest;
export type AnyHttpResponse = ServerResponse | Http2ServerResponse;

/** The connection of a request that wants to go on in another protocol, and what came on it already. */
export interface Upgrade {
  readonly socket: Socket;
  readonly head: Buffer;
}

function ignore(): void {}

/** Queries are only read. */
const noQuery = new URLSearchParams();
const nobody: Identity = { user: "", groups: [] };

/** One request and its answer, whichever HTTP they go by. */
export class Exchange {
  readonly request: AnyHttpRequest;
  readonly response: AnyHttpResponse;
  /** Who takes it detaches the response from the socket before writing to that. */
  readonly upgrade: Upgrade | undefined;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Set once it is known who asks. */
  identity: Identity = nobody;
  /** Who sent the request on behalf of that one, if that is another one. */
  sender: Identity | undefined;
  /** Names the request in logs, and to its client. */
  readonly id: string = randomUUID();
  /** What the client is told besides the answer, each in a `Warning` header. */
  readonly warnings: string[] = [];
  /** Called when the answer turns out to take as long as the client wants. */
  onLongRunning: ((exchange: Exchange) => void) | undefined;
  #isLongRunning = false;
  #classification: Classification | undefined;
  #whenAnswered: (() => void)[] | undefined;
  readonly #search: string;
  #query: URLSearchParams | undefined;
  #abort: AbortController | undefined;
  #gone = false;

  constructor(request: AnyHttpRequest, response: AnyHttpResponse, upgrade?: Upgrade) {
    this.request = request;
    this.response = response;
    this.upgrade = upgrade;
    this.method = request.method ?? "GET";
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.#search = mark < 0 ? "" : url.slice(mark + 1);
    endOf(response).once("close", this.#closed);
    if (isQueued(response)) this.#followConnection(request.socket);
    // A client that has gone is told of by `close`.
    response.on("error", ignore);
    request.on("error", ignore);
  }

  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  /** For those who write requests down. */
  get origin(): CallOrigin {
    const { id, sender } = this;
    const userAgent = this.headers["user-agent"];
    return { id, uri: this.request.url ?? "", address: this.request.socket.remoteAddress, userAgent, sender };
  }

  get query(): URLSearchParams {
    this.#query ??= this.#search === "" ? noQuery : new URLSearchParams(this.#search);
    return this.#query;
  }

  get hasQuery(): boolean {
    return this.#search !== "";
  }

  get isLongRunning(): boolean {
    return this.#isLongRunning;
  }

  /** Says that this answer takes as long as the client wants. */
  beLongRunning(): void {
    // What is over already has been counted as it was.
    if (this.#isLongRunning || this.#gone) return;
    this.#isLongRunning = true;
    this.onLongRunning?.(this);
  }

  /** Whether nobody waits for the answer any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Aborted when the client has gone, and once the answer is complete. Made when first asked for. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#gone) this.#abort.abort();
    return this.#abort.signal;
  }

  /** Keeps how the request is treated, for its answer. */
  classified(classification: Classification): void {
    this.#classification = classification;
  }

  /** Calls back when the answer is complete or the client has gone: at once when that is so already. */
  whenAnswered(callback: () => void): void {
    if (this.#gone) callback();
    else if (this.#whenAnswered) this.#whenAnswered.push(callback);
    else this.#whenAnswered = [callback];
  }

  readonly #closed = (): void => {
    if (this.#gone) return;
    this.#gone = true;
    for (const callback of this.#whenAnswered ?? []) callback();
    this.#whenAnswered = undefined;
    this.#abort?.abort(new StatusError("Timeout", "the client has gone"));
  };

  /** An answer that waits for those before it is not told when their connection closes. */
  #followConnection(socket: Socket): void {
    // A client may have sent any number of requests at once.
    socket.setMaxListeners(0);
    socket.once("close", this.#closed);
    this.whenAnswered(() => socket.removeListener("close", this.#closed));
  }

  /** The connection goes on in HTTP after all: what else comes on it is nobody's, but its end is to be noticed. */
  declineUpgrade(): void {
    const socket = this.upgrade?.socket;
    socket?.once("end", () => socket.end());
    socket?.resume();
  }

  /** Sends a whole answer. */
  send(status: number, contentType: string, body: Uint8Array | string, more?: OutgoingHttpHeaders): void {
    const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
    this.begin(status, contentType, { "content-length": length, ...more });
    if (this.method === "HEAD") this.response.end();
    else this.response.end(body);
  }

  /** Sends a part of the body; false when the client is to be waited for. */
  write(bytes: Uint8Array): boolean {
    const sink: Writable = this.response;
    return sink.write(bytes);
  }

  /** Sends status and headers; the body is the caller's to write and to end. */
  begin(status: number, contentType: string, more?: OutgoingHttpHeaders): void {
    if (this.upgrade) this.declineUpgrade();
    const headers: OutgoingHttpHeaders = {
      "Audit-Id": this.id,
      "Cache-Control": "no-cache, private",
      "Content-Type": contentType,
      ...more,
    };
    const { schemaUid, level } = this.#classification ?? {};
    if (schemaUid && level) {
      headers["X-Kubernetes-PF-FlowSchema-UID"] = schemaUid;
      headers["X-Kubernetes-PF-PriorityLevel-UID"] = level.uid;
    }
    if (this.warnings.length > 0) headers["Warning"] = this.warnings.map(warningHeader);
    writeHead(this.response, status, headers);
  }
}

/** Over HTTP/2, an answer to HEAD does not tell of its end; its stream always does. */
function endOf(response: AnyHttpResponse): EventEmitter {
  return "stream" in response ? response.stream : response;
}

/** Whether an answer over HTTP/1.1 has to wait for those to requests that came before on the same connection. */
function isQueued(response: AnyHttpResponse): boolean {
  return response.socket === null && !("stream" in response);
}

function writeHead(response: AnyHttpResponse, status: number, headers: OutgoingHttpHeaders): void {
  // Both have this method, with types that have nothing in common.
  const { writeHead } = response as { writeHead(status: number, headers: OutgoingHttpHeaders): unknown };
  if (response.headersSent || response.destroyed) return;
  writeHead.call(response, status, headers);
}

/** RFC 9110 dropped the header; client-go reads it all the same. */
function warningHeader(text: string): string {
  const oneLine = text.replace(/\p{Cc}/gu, " ").replace(/[^\u0020-\u007e]/g, "?");
  return `299 - "${oneLine.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
