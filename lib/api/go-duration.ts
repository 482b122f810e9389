const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
};
/** Go holds nanoseconds in 64 bits. */
const maxMs = 2 ** 63 / 1e6;

/** Why a text is no duration. */
export class DurationError extends Error {
  override readonly name = "DurationError";
}

/** The milliseconds of a duration in Go's notation (`1h30m`, `-1.5s`, `300ms`). @throws DurationError */
export function parseGoDuration(text: string): number {
  const match = /^([+-]?)(.*)$/s.exec(text);
  const body = match?.[2] ?? "";
  if (body === "0") return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body))
    throw new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
  let ms = 0;
  for (const [, number, unit] of body.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g))
    ms += roundToNanoseconds(Number(number) * (unitMs[unit ?? ""] ?? 0));
  if (ms > maxMs) throw new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
  return match?.[1] === "-" && ms !== 0 ? -ms : ms;
}

/** Takes away what floating point adds, part by part: a long duration has no room for nanoseconds. */
function roundToNanoseconds(ms: number): number {
  return ms > 1e9 ? ms : Math.round(ms * 1e6) / 1e6;
}

/** A duration of `ms` milliseconds in Go's notation: `1h30m0s`, `1.5s`, `300ms`. */
export function formatGoDuration(ms: number): string {
  const magnitude = Math.abs(ms);
  if (Math.round(magnitude * 1e6) === 0) return "0s";
  return (ms < 0 ? "-" : "") + (magnitude < 1000 ? smallText(Math.round(magnitude * 1e6)) : largeText(magnitude));
}

function smallText(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  return nanoseconds < 1e6 ? `${nanoseconds / 1e3}µs` : `${nanoseconds / 1e6}ms`;
}

function largeText(ms: number): string {
  const whole = Math.floor(ms / 1000);
  const nanoseconds = Math.round((ms % 1000) * 1e6);
  const fraction = String(nanoseconds).padStart(9, "0").replace(/0+$/, "");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const seconds = `${whole % 60}${fraction && `.${fraction}`}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
