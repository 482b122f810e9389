import { parseGoDuration } from "../../../lib/api/go-duration.ts";
import { localTime } from "./zone.ts";

/** When something is to happen, again and again. */
export interface Schedule {
  /** The first time after this one; undefined when there is none within five years. Milliseconds. */
  next(afterMs: number): number | undefined;
}

const minuteMs = 60_000;
const hourMinutes = 60;
const dayMinutes = 24 * hourMinutes;
const horizonMs = 5 * 366 * dayMinutes * minuteMs;
/** Clocks are put forward or back by less than this. */
const clockChangeMinutes = 3 * hourMinutes;

const descriptors: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Thrown for a schedule that is none. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
}

/** Reads `0 3 * * mon`, `@daily` or `@every 90m`, as clocks of a time zone show it. @throws ScheduleError, RangeError */
export function parseSchedule(text: string, timeZone?: string): Schedule {
  if (text.startsWith("@every ")) return everySchedule(text.slice("@every ".length));
  const fields = (descriptors[text] ?? text).split(/\s+/).filter((field) => field !== "");
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields;
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek || fields.length > 5)
    throw new ScheduleError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`);
  localTime(0, timeZone);
  return new ClockSchedule(timeZone, {
    minute: parseField(minute, 0, 59),
    hour: parseField(hour, 0, 23),
    dayOfMonth: parseField(dayOfMonth, 1, 31),
    month: parseField(month, 1, 12, months),
    dayOfWeek: parseField(dayOfWeek, 0, 6, days),
  });
}

/** The values of a field, and whether it takes all of them. */
interface Field {
  values: ReadonlySet<number>;
  isStar: boolean;
}

type Fields = Readonly<Record<"minute" | "hour" | "dayOfMonth" | "month" | "dayOfWeek", Field>>;

class ClockSchedule implements Schedule {
  readonly #timeZone: string | undefined;
  readonly #fields: Fields;

  constructor(timeZone: string | undefined, fields: Fields) {
    this.#timeZone = timeZone;
    this.#fields = fields;
  }

  next(afterMs: number): number | undefined {
    let time = (Math.floor(afterMs / minuteMs) + 1) * minuteMs;
    while (time < afterMs + horizonMs) {
      const skipped = this.#minutesToSkip(time);
      if (skipped === 0) return time;
      time += skipped * minuteMs;
    }
    return undefined;
  }

  /** 0 when the time is one of the schedule; otherwise so many minutes that none is passed over. */
  #minutesToSkip(time: number): number {
    const { year, month, day, hour, minute } = localTime(time, this.#timeZone);
    const fields = this.#fields;
    const toNextHour = hourMinutes - minute;
    if (!fields.month.values.has(month) || !this.#takesDay(year, month, day)) {
      const left = dayMinutes - hour * hourMinutes - minute;
      return left > clockChangeMinutes ? left - clockChangeMinutes : toNextHour;
    }
    if (!fields.hour.values.has(hour)) return toNextHour;
    for (let ahead = 0; ahead < toNextHour; ahead++) if (fields.minute.values.has(minute + ahead)) return ahead;
    return toNextHour;
  }

  /** Where both days of the month and of the week are named, either will do. */
  #takesDay(year: number, month: number, day: number): boolean {
    const { dayOfMonth, dayOfWeek } = this.#fields;
    const inMonth = dayOfMonth.values.has(day);
    const inWeek = dayOfWeek.values.has(new Date(Date.UTC(year, month - 1, day)).getUTCDay());
    return dayOfMonth.isStar || dayOfWeek.isStar ? inMonth && inWeek : inMonth || inWeek;
  }
}

function parseField(text: string, min: number, max: number, names: readonly string[] = []): Field {
  const values = new Set<number>();
  let isStar = false;
  for (const part of text.split(",").filter((it) => it !== "")) {
    const [range = "", stepText] = part.split("/");
    const [low = "", high] = range.split("-");
    const step = stepText === undefined ? 1 : Number(stepText);
    const takesAll = low === "*" || low === "?";
    const first = takesAll ? min : numberOf(low, min, names);
    const lastNamed = stepText === undefined ? first : max;
    const last = takesAll ? max : high === undefined ? lastNamed : numberOf(high, min, names);
    if (!(step > 0) || !(first >= min) || !(last <= max))
      throw new ScheduleError(`failed to parse a field of the schedule: ${part}`);
    isStar ||= takesAll && step === 1;
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return { values, isStar };
}

function numberOf(text: string, min: number, names: readonly string[]): number {
  const index = names.indexOf(text.toLowerCase());
  return index >= 0 ? index + min : Number(text);
}

/** Whole seconds, one at least. */
function everySchedule(text: string): Schedule {
  const stepMs = Math.max(1_000, Math.floor(durationMs(text) / 1_000) * 1_000);
  return { next: (afterMs) => Math.floor(afterMs / 1_000) * 1_000 + stepMs };
}

function durationMs(text: string): number {
  try {
    return parseGoDuration(text);
  } catch (error) {
    throw new ScheduleError(`failed to parse duration @every ${text}`, { cause: error });
  }
}
