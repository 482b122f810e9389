import type { PodExecOptions } from "../../../../gen/typernetes/core/v1/pod.ts";
import type { Status } from "../../../../gen/typernetes/meta/v1/status.ts";
import type { SpdySession } from "../../../../lib/spdy/spdy-session.ts";
import type { SpdyStream } from "../../../../lib/spdy/spdy-stream.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { type CommandChannels, commandOptions, openCommand, relayCommand } from "./remote-command.ts";
import { acceptSpdy, chooseVersion } from "./spdy/accept.ts";
import { terminalSizes } from "./terminal-sizes.ts";

const oldestVersion = "channel.k8s.io";
const versions = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", oldestVersion];
/** How long a client may take to open all its streams. */
const streamsTimeoutMs = 30_000;

/** Serves exec and attach over SPDY. @throws StatusError while the answer is still HTTP's. */
export async function serveSpdyCommand(request: ResourceRequest): Promise<void> {
  const { core, exchange } = request;
  const options = commandOptions(request);
  const version = chooseVersion(exchange, versions) ?? oldestVersion;
  const call = await openCommand(request, options);
  const wanted = new WantedStreams(streamsOf(options, version));
  const session = acceptSpdy(exchange, version, (stream) => wanted.take(stream));
  void session.closed.then(() => wanted.giveUp());
  const timer = setTimeout(() => session.destroy(), streamsTimeoutMs);
  const streams = await wanted.all;
  clearTimeout(timer);
  if (streams) await relayCommand(call, channelsOf(session, streams, version), core.logger);
}

function streamsOf({ stdin, stdout, stderr, tty }: PodExecOptions, version: string): string[] {
  const canResize = version === "v4.channel.k8s.io" || version === "v3.channel.k8s.io";
  const wanted = { error: true, stdin, stdout, stderr, resize: tty && canResize };
  return Object.entries(wanted).flatMap(([type, isWanted]) => (isWanted ? [type] : []));
}

type Streams = ReadonlyMap<string, SpdyStream>;

/** Collects the streams that a client opens until every one is there. */
class WantedStreams {
  readonly #missing: Set<string>;
  readonly #streams = new Map<string, SpdyStream>();
  #settle: (streams: Streams | undefined) => void = () => {};
  /** Undefined when not all of them came. */
  readonly all = new Promise<Streams | undefined>((resolve) => {
    this.#settle = resolve;
  });

  constructor(types: readonly string[]) {
    this.#missing = new Set(types);
  }

  take(stream: SpdyStream): void {
    const type = stream.headers.get("streamtype") ?? "";
    if (!this.#missing.delete(type)) return stream.reset();
    this.#streams.set(type, stream);
    if (this.#missing.size === 0) this.#settle(this.#streams);
  }

  giveUp(): void {
    this.#settle(undefined);
  }
}

function channelsOf(session: SpdySession, streams: Streams, version: string): CommandChannels {
  const resize = streams.get("resize");
  const writerTo = (type: string) => {
    const stream = streams.get(type);
    return stream && ((bytes: Uint8Array) => stream.write(bytes));
  };
  return {
    stdin: streams.get("stdin")?.incoming,
    sizes: resize && terminalSizes(resize.incoming),
    stdout: writerTo("stdout"),
    stderr: writerTo("stderr"),
    finish(status) {
      const text = statusText(status, version);
      if (text) void streams.get("error")?.write(Buffer.from(text));
      for (const stream of streams.values()) stream.end();
      session.end();
    },
  };
}

/** Versions before the fourth tell failures alone, as a sentence. */
function statusText(status: Status, version: string): string {
  if (version === "v4.channel.k8s.io") return JSON.stringify(status);
  return status.status === "Success" ? "" : (status.message ?? "");
}
