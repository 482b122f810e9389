const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayHours = 24;
const yearHours = 365 * dayHours;

/** A length of time in a few characters, `45s`, `5m30s`, `3d4h`: the coarser the longer, as Kubernetes prints ages. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 120) return `${Math.max(seconds, 0)}s`;
  const minutes = Math.trunc(ms / minuteMs);
  if (minutes < 10) return joined(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(ms / hourMs);
  if (hours < 8) return joined(hours, "h", minutes % 60, "m");
  if (hours < 2 * dayHours) return `${hours}h`;
  const days = Math.trunc(hours / dayHours);
  if (hours < 8 * dayHours) return joined(days, "d", hours % dayHours, "h");
  if (hours < 2 * yearHours) return `${days}d`;
  const years = Math.trunc(hours / yearHours);
  return hours < 8 * yearHours ? joined(years, "y", days % 365, "d") : `${years}y`;
}

function joined(count: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${count}${unit}` : `${count}${unit}${rest}${restUnit}`;
}
