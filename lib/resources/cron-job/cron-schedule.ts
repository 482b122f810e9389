interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const fieldBounds: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];
const descriptors = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

class ScheduleError extends Error {
  override readonly name = "ScheduleError";
}

/** What is wrong with a schedule such as `0 3 * * mon`; undefined when nothing is. */
export function scheduleFault(schedule: string): string | undefined {
  try {
    checkSchedule(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}

function checkSchedule(schedule: string): void {
  if (schedule.startsWith("@")) {
    checkDescriptor(schedule);
    return;
  }
  const fields = schedule.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== fieldBounds.length)
    throw new ScheduleError(
      `expected exactly ${fieldBounds.length} fields, found ${fields.length}: [${fields.join(" ")}]`,
    );
  for (const [index, bounds] of fieldBounds.entries())
    for (const range of (fields[index] ?? "").split(",").filter((it) => it !== "")) checkRange(range, bounds);
}

const every = "@every ";
const goDuration = /^[+-]?([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$/;

function checkDescriptor(descriptor: string): void {
  if (descriptors.includes(descriptor)) return;
  if (!descriptor.startsWith(every)) throw new ScheduleError(`unrecognized descriptor: ${descriptor}`);
  const text = descriptor.slice(every.length);
  if (!goDuration.test(text))
    throw new ScheduleError(`failed to parse duration ${descriptor}: time: invalid duration ${JSON.stringify(text)}`);
}

/** Checks `*`, `5`, `1-5`, and each of them with `/2` after it. */
function checkRange(text: string, bounds: Bounds): void {
  const [range = "", step, ...moreSteps] = text.split("/");
  const [low = "", high, ...moreHighs] = range.split("-");
  if (low !== "*" && low !== "?") {
    const start = numberOf(low, bounds);
    if (moreHighs.length > 0) throw new ScheduleError(`too many hyphens: ${text}`);
    const end = high !== undefined ? numberOf(high, bounds) : step === undefined ? start : bounds.max;
    checkBounds(start, end, bounds, text);
  }
  if (moreSteps.length > 0) throw new ScheduleError(`too many slashes: ${text}`);
  if (step !== undefined && numberOf(step, {}) === 0)
    throw new ScheduleError(`step of range should be a positive number: ${text}`);
}

function checkBounds(start: number, end: number, { min, max }: Bounds, text: string): void {
  if (start < min) throw new ScheduleError(`beginning of range (${start}) below minimum (${min}): ${text}`);
  if (end > max) throw new ScheduleError(`end of range (${end}) above maximum (${max}): ${text}`);
  if (start > end) throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
}

function numberOf(text: string, { names, min = 0 }: Partial<Bounds>): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  if (index >= 0) return index + min;
  if (/^[+]?[0-9]+$/.test(text)) return Number(text);
  if (/^-[0-9]+$/.test(text)) throw new ScheduleError(`negative number (${text}) not allowed: ${text}`);
  const shown = JSON.stringify(text);
  throw new ScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing ${shown}: invalid syntax`);
}
