const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|([+-])(\d{2}):(\d{2}))$/;
const canonicalPattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const layout = "2006-01-02T15:04:05Z07:00";
const unset = "0001-01-01T00:00:00";

/** Why a text is no time. */
export class TimeError extends Error {
  override readonly name = "TimeError";
}

/**
 * A time as Kubernetes writes it: RFC 3339, whole seconds, UTC. The zero time is undefined, since Kubernetes writes null
 * for it. @throws TimeError
 */
export function canonicalTime(text: string): string | undefined {
  if (canonicalPattern.test(text)) return text.startsWith(unset) ? undefined : text;
  return canonical(text, () => "");
}

/** As `canonicalTime`, with six digits after the second. @throws TimeError */
export function canonicalMicroTime(text: string): string | undefined {
  return canonical(text, (fraction) => `.${fraction.slice(0, 6).padEnd(6, "0")}`);
}

function canonical(text: string, ending: (fraction: string) => string): string | undefined {
  const match = pattern.exec(text);
  if (!match) throw notTime(text, text);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year ?? 0, (month ?? 1) - 1, day);
  date.setUTCHours(hour ?? 0, minute, second);
  const plain = date.toISOString().slice(0, 19);
  if (plain !== text.slice(0, 19)) throw outOfRange(text);
  date.setUTCMinutes(date.getUTCMinutes() - offsetMinutes(match, text));
  const utc = date.toISOString();
  // Years outside 0000 to 9999 are written longer.
  if (utc.length !== 24) throw outOfRange(text);
  const seconds = utc.slice(0, 19);
  const fraction = ending(match[7] ?? "");
  return seconds === unset && !/[1-9]/.test(fraction) ? undefined : `${seconds}${fraction}Z`;
}

function offsetMinutes(match: RegExpExecArray, text: string): number {
  if (match[8] === "Z") return 0;
  const [hours, minutes] = [Number(match[10]), Number(match[11])];
  if (hours > 24 || minutes > 59) throw outOfRange(text);
  return (match[9] === "-" ? -1 : 1) * (hours * 60 + minutes);
}

function notTime(text: string, rest: string): TimeError {
  return new TimeError(
    `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "2006"`,
  );
}

function outOfRange(text: string): TimeError {
  return new TimeError(`parsing time ${JSON.stringify(text)}: value out of range`);
}
