import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { type Admittance, answerDeadlineMs, brokenOff, type DoorClient, type Outcome, tooLate } from "./door-client.ts";
import type { OddRequest } from "./odd-request.ts";

/** So many requests go over one connection before it is given up, in turn politely and not. */
const requestsMax = 300;
/** What HTTP/2 has no use for. */
const foreign = new Set(["connection", "upgrade", "keep-alive", "transfer-encoding", "host"]);

/** HTTP/2, many requests at once over few connections, streams reset at any time. */
export class Http2Client implements DoorClient {
  readonly #admittance: Admittance;
  readonly #sessions = new Set<ClientHttp2Session>();
  #session: ClientHttp2Session | undefined;
  #sent = 0;

  constructor(admittance: Admittance) {
    this.#admittance = admittance;
  }

  send(request: OddRequest, patienceMs: number): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      let stream: ClientHttp2Stream;
      try {
        stream = this.#open().request(headersOf(request), { endStream: !request.body && !request.breaksOff });
      } catch (error) {
        resolve({ status: 0, text: String(error) });
        return;
      }
      let [status, text] = [0, ""];
      const late = setTimeout(() => {
        const { id, closed, rstCode, session } = stream;
        const seen = { status, id, closed, rstCode, port: session?.socket.localPort, ...session?.state };
        reject(tooLate(request, `HTTP/2 ${JSON.stringify(seen)}`));
        stream.destroy();
      }, answerDeadlineMs);
      let enough: NodeJS.Timeout | undefined;
      stream.on("response", (headers) => {
        status = headers[":status"] ?? 0;
        enough = setTimeout(() => leave(stream), patienceMs);
      });
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
      });
      stream.on("error", (error) => {
        text ||= error.message;
      });
      stream.once("close", () => {
        clearTimeout(late);
        clearTimeout(enough);
        resolve({ status: request.breaksOff ? brokenOff : status, text });
      });
      if (request.breaksOff) breakOff(stream, request);
      else stream.end(request.body);
    });
  }

  close(): void {
    for (const session of this.#sessions) session.destroy();
  }

  #open(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed && this.#sent++ < requestsMax)
      return this.#session;
    this.#session?.close();
    const { host, port, ca, cert, key } = this.#admittance;
    const session = connect(`https://${host}:${port}`, { ca, cert, key });
    session.on("error", () => {});
    session.once("close", () => this.#sessions.delete(session));
    this.#sessions.add(session);
    this.#session = session;
    this.#sent = 0;
    return session;
  }
}

function headersOf({ method, path, headers }: OddRequest): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !foreign.has(name));
  return { ":method": method, ":path": path, ...Object.fromEntries(kept) };
}

/** A stream that the server has ended while its body was being sent never ends by itself here. */
export function leave(stream: ClientHttp2Stream): void {
  if (stream.closed) stream.destroy();
  else stream.close(constants.NGHTTP2_CANCEL);
}

/** Resets a stream at once, or in the middle of its body. */
function breakOff(stream: ClientHttp2Stream, { body }: OddRequest): void {
  const reset = () => stream.close(constants.NGHTTP2_CANCEL);
  if (body && body.length > 1) stream.write(body.subarray(0, body.length / 2), reset);
  else reset();
}
