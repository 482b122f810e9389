import { connect } from "node:http2";

/** What a health service may say, by number. */
const answers = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
const unimplemented = "12";

/** Asks a service's health by `grpc.health.v1.Health/Check`, without TLS. The reason why it is not well; undefined when it is. */
export function grpcProblem(
  host: string,
  port: number,
  service: string,
  timeoutMs: number,
): Promise<string | undefined> {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new Promise((resolve) => {
    const session = connect(`http://${address}`);
    const end = (problem: string | undefined) => {
      clearTimeout(deadline);
      session.destroy();
      resolve(problem);
    };
    const late = `timeout: failed to connect service "${address}" within ${timeoutMs / 1000}s: context deadline exceeded`;
    const deadline = setTimeout(() => end(late), timeoutMs);
    session.on("error", (error) => end(`error: failed to connect service at "${address}": ${error.message}`));
    const stream = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": "kube-probe/1.34",
    });
    const chunks: Buffer[] = [];
    let trailers: Record<string, unknown> = {};
    const read = (headers: Record<string, unknown>) => {
      trailers = { ...trailers, ...headers };
    };
    stream.on("response", read);
    stream.on("trailers", read);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    // When it is the connection that failed, that is told right after.
    stream.on("error", (error) => setImmediate(() => end(`error: health rpc probe failed: ${error.message}`)));
    stream.on("end", () => end(problemOf(trailers, Buffer.concat(chunks))));
    stream.end(frame(service));
  });
}

/** The request as one gRPC message: a flag, its length, and the service's name as field 1. */
function frame(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function problemOf(trailers: Record<string, unknown>, body: Buffer): string | undefined {
  const { "grpc-status": status = "0", "grpc-message": message = "" } = trailers;
  if (status === unimplemented)
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`;
  if (status !== "0") return `error: health rpc probe failed: ${message || `status ${status}`}`;
  // Field 1, the only one; zero is not written.
  const answer = answers[body[5] === 0x08 ? (body[6] ?? 0) : 0] ?? "UNKNOWN";
  return answer === "SERVING" ? undefined : `service unhealthy (responded with "${answer}")`;
}
