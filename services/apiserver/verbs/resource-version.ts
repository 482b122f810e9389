import { badRequest } from "../errors.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";

/** A resource version as a number. @throws StatusError `BadRequest`. */
export function parseResourceVersion(text: string): number {
  const revision = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(revision)) {
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return revision;
}

/**
 * Waits until the cache is as new as a read asks: "" or absent: the newest; "0": whatever is there; else that old at most.
 * Undefined when there is nothing to wait for.
 */
export function awaitRevision(cache: WatchCache, resourceVersion: string | undefined): Promise<void> | undefined {
  if (resourceVersion) return cache.waitFor(parseResourceVersion(resourceVersion));
  return cache.isFresh ? undefined : cache.fresh();
}
