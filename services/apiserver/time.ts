/** Most requests come in the same second as the one before. */
let last = { second: Number.NaN, text: "" };

/** A point in time as Kubernetes writes it, whole seconds in UTC. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== last.second) last = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` };
  return last.text;
}
