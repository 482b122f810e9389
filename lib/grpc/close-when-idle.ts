import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { PassThrough } from "node:stream";

let isDone = false;

/**
 * Lets the server's side of HTTP/2 connections close once they have no open streams, and not before; for all servers of
 * the process. Node does it at once where a client says that it goes, and then refuses, in the midst of reading, what that
 * client has asked for just before: this frees what is being read, and the process dies (node's issue 64113; Node 20
 * stays as it is).
 */
export function closeSessionsWhenIdle(): void {
  if (isDone) return;
  isDone = true;
  const session = performServerHandshake(new PassThrough());
  session.destroy();
  const shared: unknown = Object.getPrototypeOf(session);
  const plain = session.close;
  Object.defineProperty(shared, "close", {
    configurable: true,
    writable: true,
    value(this: ServerHttp2Session, callback?: () => void) {
      if (this.closed || this.destroyed || hasNoSocket(this)) return plain.call(this, callback);
      if (callback) this.once("close", callback);
      closeLater(this, plain);
    },
  });
}

/** Never in the middle of reading, where this may be called from. */
function closeLater(session: ServerHttp2Session, plain: ServerHttp2Session["close"]): void {
  setImmediate(() => {
    if (session.closed || session.destroyed || hasNoSocket(session)) return;
    const stream = anyStream(session);
    if (stream) {
      stream.once("close", () => closeLater(session, plain));
      return;
    }
    plain.call(session);
    // What waits to be sent goes, but nothing is read any more: nothing need be refused.
    session.destroy();
  });
}

/** Its connection is closed already: Node does the rest, and wants no delay. */
function hasNoSocket({ socket }: ServerHttp2Session): boolean {
  try {
    return socket.destroyed;
  } catch {
    return true;
  }
}

/** As much of Node's own map of streams as is looked at. */
interface SessionState {
  readonly streams: { forEach(visit: (stream: ServerHttp2Stream) => void): void };
}

/** Node tells nobody how many there are. */
function anyStream(session: ServerHttp2Session): ServerHttp2Stream | undefined {
  let found: ServerHttp2Stream | undefined;
  for (const key of Object.getOwnPropertySymbols(session)) {
    const state: unknown = key.description === "state" && Reflect.get(session, key);
    if (!isState(state)) continue;
    state.streams.forEach((stream) => {
      found ??= stream;
    });
  }
  return found;
}

function isState(value: unknown): value is SessionState {
  if (typeof value !== "object" || value === null || !("streams" in value)) return false;
  const { streams } = value;
  return typeof streams === "object" && streams !== null && "forEach" in streams;
}
