/** One of the streams to merge. */
export interface MergedStream<T> {
  stream: NodeJS.ReadableStream;
  wrap: (chunk: Uint8Array) => T;
}

/**
 * The chunks of several streams as they come, until all have ended. Streams are paused while nobody takes their chunks, so
 * that no more than a chunk of each is held here.
 */
export async function* mergeStreams<T>(sources: readonly MergedStream<T>[]): AsyncGenerator<T> {
  const ready: { value: T; resume: () => void }[] = [];
  let open = sources.length;
  let failure: unknown;
  let wake = () => {};
  for (const { stream, wrap } of sources) {
    stream.on("data", (chunk: Uint8Array | string) => {
      stream.pause();
      ready.push({
        value: wrap(typeof chunk === "string" ? Buffer.from(chunk) : chunk),
        resume: () => stream.resume(),
      });
      wake();
    });
    const end = once(() => {
      open--;
      wake();
    });
    stream.on("error", (error) => {
      failure ??= error;
      end();
    });
    stream.on("end", end);
    stream.on("close", end);
  }
  for (;;) {
    const next = ready.shift();
    if (next) {
      yield next.value;
      next.resume();
    } else if (failure !== undefined) throw failure;
    else if (open === 0) return;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}

function once(call: () => void): () => void {
  let called = false;
  return () => {
    if (called) return;
    called = true;
    call();
  };
}
