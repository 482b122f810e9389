import { request } from "node:http";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import type { Clock } from "../../../../lib/base/clock.ts";
import { SpdySession } from "../../../../lib/spdy/spdy-session.ts";
import type { SpdyStream } from "../../../../lib/spdy/spdy-stream.ts";
import { RuntimeError } from "../runtime.ts";

/** How long the runtime may take to let a client in. */
const openMsMax = 30_000;
const version = "v4.channel.k8s.io";

export type StreamType = "error" | "stdin" | "stdout" | "stderr" | "resize";

/** The streams of one exec or attach, and the connection that carries them. */
export interface StreamConnection {
  session: SpdySession;
  streams: ReadonlyMap<StreamType, SpdyStream>;
}

/** Connects to where a runtime waits for its client, and opens `types` of streams. @throws RuntimeError */
export async function openStreams(url: string, types: readonly StreamType[], clock: Clock): Promise<StreamConnection> {
  const { socket, head } = await upgrade(url);
  const session = new SpdySession(socket, head);
  const late = clock.schedule(openMsMax, () => session.destroy());
  try {
    // Together: runtimes wait for all of them for a limited time.
    const opened = types.map(async (type) => [type, await session.open(new Map([["streamtype", type]]))] as const);
    return { session, streams: new Map(await Promise.all(opened)) };
  } catch (error) {
    session.destroy();
    throw failure("no streams", error);
  } finally {
    late();
  }
}

function upgrade(url: string): Promise<{ socket: Duplex; head: Buffer }> {
  const headers = { Connection: "Upgrade", Upgrade: "SPDY/3.1", "X-Stream-Protocol-Version": version };
  return new Promise((resolve, reject) => {
    const asking = request(url, { method: "POST", headers, timeout: openMsMax });
    asking.once("upgrade", (_response, socket, head) => {
      socket.setTimeout(0);
      resolve({ socket, head });
    });
    asking.once("response", (response) => {
      const said = text(response).catch(() => "");
      void said.then((words) => reject(failure(`HTTP ${response.statusCode}`, words.trim())));
    });
    asking.once("timeout", () => asking.destroy(new Error("no answer in time")));
    asking.once("error", (error) => reject(failure("not reached", error)));
    asking.end();
  });
}

function failure(what: string, why: unknown): RuntimeError {
  const words = why instanceof Error ? why.message : String(why);
  return new RuntimeError("Unavailable", `the runtime's streams: ${what}: ${words}`, { cause: why });
}
