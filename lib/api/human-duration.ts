const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Each range of durations with its two units; the second is left out when its count is zero. */
const ranges: readonly { belowMs: number; format: (ms: number) => string }[] = [
  { belowMs: 2 * minuteMs, format: (ms) => `${count(ms, 1000)}s` },
  { belowMs: 10 * minuteMs, format: (ms) => pair(count(ms, minuteMs), "m", count(ms, 1000) % 60, "s") },
  { belowMs: 3 * hourMs, format: (ms) => `${count(ms, minuteMs)}m` },
  { belowMs: 8 * hourMs, format: (ms) => pair(count(ms, hourMs), "h", count(ms, minuteMs) % 60, "m") },
  { belowMs: 48 * hourMs, format: (ms) => `${count(ms, hourMs)}h` },
  { belowMs: 192 * hourMs, format: (ms) => pair(count(ms, 24 * hourMs), "d", count(ms, hourMs) % 24, "h") },
  { belowMs: 2 * 365 * 24 * hourMs, format: (ms) => `${count(ms, 24 * hourMs)}d` },
  {
    belowMs: 8 * 365 * 24 * hourMs,
    format: (ms) => pair(count(ms, 365 * 24 * hourMs), "y", count(ms, 24 * hourMs) % 365, "d"),
  },
];

/** A length of time as Kubernetes' tools print ages: `5s`, `2m3s`, `10m`, `3h4m`, `2d3h`, `400d`, `2y3d`. */
export function humanDuration(ms: number): string {
  // A clock may be a second ahead of another.
  if (ms < -1999) return "<invalid>";
  if (ms < 0) return "0s";
  const range = ranges.find(({ belowMs }) => ms < belowMs);
  return range ? range.format(ms) : `${count(ms, 365 * 24 * hourMs)}y`;
}

function count(ms: number, unitMs: number): number {
  return Math.floor(ms / unitMs);
}

function pair(first: number, unit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first}${unit}` : `${first}${unit}${second}${secondUnit}`;
}
