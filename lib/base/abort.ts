/** Per signal, one listener that calls everybody: signals that many wait on would be slow, and Node warns of leaks. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `callback` once when `signal` aborts (at once if it has); returns what takes the callback back. */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => {};
  if (signal.aborted) {
    callback();
    return () => {};
  }
  const callbacks = waiting.get(signal) ?? listenTo(signal);
  // A function of its own: the same one may be added twice.
  const entry = () => callback();
  callbacks.add(entry);
  return () => callbacks.delete(entry);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  waiting.set(signal, callbacks);
  const callAll = () => {
    for (const callback of callbacks) callback();
    callbacks.clear();
  };
  signal.addEventListener("abort", callAll, { once: true });
  return callbacks;
}

/** Settles as `promise` does, or rejects with the signal's reason when that comes first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(forget);
  });
}

/** A controller that also aborts when one of `parents` does. Call `release` when it is no longer needed. */
export function linkedAbort(...parents: (AbortSignal | undefined)[]): { abort: AbortController; release: () => void } {
  const abort = new AbortController();
  const links = parents.map((parent) => onAbort(parent, () => abort.abort(parent?.reason)));
  return {
    abort,
    release: () => {
      for (const unlink of links) unlink();
    },
  };
}
