import { Lru } from "../../../lib/base/lru.ts";

/** A time as clocks of a zone show it. */
export interface LocalTime {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** One per zone: making them is slow. */
const formats = new Lru<string, Intl.DateTimeFormat>(50);

/** What clocks in a zone show; in the process's own zone when none is named. @throws RangeError when it is unknown */
export function localTime(timeMs: number, timeZone?: string): LocalTime {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(timeMs)) parts[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return { year, month, day, hour, minute, second };
}

/** A time in RFC 3339 with the offset of its zone, `Z` where there is none. */
export function rfc3339In(timeMs: number, timeZone?: string): string {
  const { year, month, day, hour, minute, second } = localTime(timeMs, timeZone);
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const offset = Math.round((local - timeMs) / 60_000);
  const text = new Date(local).toISOString().slice(0, 19);
  if (offset === 0) return `${text}Z`;
  const twoDigits = (number: number) => String(number).padStart(2, "0");
  const size = Math.abs(offset);
  return `${text}${offset < 0 ? "-" : "+"}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`;
}

function formatOf(timeZone: string | undefined): Intl.DateTimeFormat {
  const known = formats.get(timeZone ?? "");
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(timeZone ?? "", format);
  return format;
}
