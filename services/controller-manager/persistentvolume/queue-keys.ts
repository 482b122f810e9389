const claimPrefix = "claim:";
const volumePrefix = "volume:";

/** The key under which a claim waits in the queue. */
export function claimQueueKey(key: string): string {
  return `${claimPrefix}${key}`;
}

/** The key under which a volume waits in the queue. */
export function volumeQueueKey(name: string): string {
  return `${volumePrefix}${name}`;
}

/** What waits under a key of the queue. */
export function readQueueKey(key: string): { claim: string } | { volume: string } {
  return key.startsWith(claimPrefix)
    ? { claim: key.slice(claimPrefix.length) }
    : { volume: key.slice(volumePrefix.length) };
}
