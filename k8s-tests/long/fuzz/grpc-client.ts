import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { type Admittance, answerDeadlineMs, brokenOff } from "./door-client.ts";
import { leave } from "./http2-client.ts";
import type { OddCall } from "./odd-call.ts";

/** What came of a call: gRPC's code, `brokenOff`, or -2 when the connection or the stream was closed instead. */
export interface CallOutcome {
  code: number;
  message: string;
}

/** The connection was closed without a status. */
export const withoutStatus = -2;
const callsMax = 500;

/** Calls without a gRPC library: none would send what is sent here. */
export class GrpcClient {
  readonly #admittance: Admittance;
  readonly #sessions = new Set<ClientHttp2Session>();
  #session: ClientHttp2Session | undefined;
  #calls = 0;

  constructor(admittance: Admittance) {
    this.#admittance = admittance;
  }

  /** Listens to a stream for `patienceMs` at most. Rejects when there is no answer in any time. */
  call({ path, headers, bytes, breaksOff, isStream }: OddCall, patienceMs: number): Promise<CallOutcome> {
    return new Promise((resolve, reject) => {
      let stream: ClientHttp2Stream;
      try {
        stream = this.#open().request({ ":method": "POST", ":path": path, ...headers });
      } catch (error) {
        resolve({ code: withoutStatus, message: String(error) });
        return;
      }
      let outcome: CallOutcome = { code: withoutStatus, message: "" };
      const leaveLater = () => setTimeout(() => leave(stream), patienceMs);
      let enough = isStream ? leaveLater() : undefined;
      const late = setTimeout(() => {
        stream.destroy();
        reject(new Error(`no answer to ${path} ${JSON.stringify(headers)} ${bytes.toString("base64").slice(0, 3000)}`));
      }, answerDeadlineMs);
      const read = (found: Record<string, unknown>) => {
        const code = found["grpc-status"];
        if (code !== undefined)
          outcome = { code: Number(code), message: decodeURIComponent(String(found["grpc-message"])) };
      };
      stream.on("response", (found) => {
        read(found);
        enough ??= leaveLater();
      });
      stream.on("trailers", read);
      stream.on("data", () => {});
      stream.on("error", () => {});
      stream.once("close", () => {
        clearTimeout(late);
        clearTimeout(enough);
        resolve(breaksOff || (enough && outcome.code < 0) ? { code: brokenOff, message: "" } : outcome);
      });
      if (!breaksOff) stream.end(bytes);
      else stream.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => stream.close(constants.NGHTTP2_CANCEL));
    });
  }

  close(): void {
    for (const session of this.#sessions) session.destroy();
  }

  #open(): ClientHttp2Session {
    const known = this.#session;
    if (known && !known.closed && !known.destroyed && this.#calls++ < callsMax) return known;
    known?.close();
    const { host, port, ca, cert, key } = this.#admittance;
    const session = connect(`https://${host}:${port}`, { ca, cert, key });
    session.on("error", () => {});
    session.once("close", () => this.#sessions.delete(session));
    this.#sessions.add(session);
    this.#session = session;
    this.#calls = 0;
    return session;
  }
}
