import type { BackwardWriter } from "./backward-writer.ts";
import type { MessageReader } from "./message-reader.ts";
import { readPart } from "./read-part.ts";

/** Go's zero time, which is written as nothing. */
const unsetSeconds = -62_135_596_800;
/** The last second of the year 9999: JSON has no later one. */
const lastSecond = 253_402_300_799;
const firstSecond = -62_167_219_200;

/** A time in whole seconds: a message with seconds (1) and nanoseconds (2), which are always zero. */
export function writeTime(writer: BackwardWriter, value: unknown): void {
  writeTimestamp(writer, value, 0);
}

/** A time of which Kubernetes keeps microseconds. */
export function writeMicroTime(writer: BackwardWriter, value: unknown): void {
  writeTimestamp(writer, value, typeof value === "string" ? Number(value.slice(20, 26)) * 1000 : 0);
}

function writeTimestamp(writer: BackwardWriter, value: unknown, nanoseconds: number): void {
  const end = writer.length;
  const seconds = typeof value === "string" ? secondsOf(value) : Number.NaN;
  if (!Number.isNaN(seconds)) {
    writer.varint(nanoseconds);
    writer.varint(16);
    writer.int64(seconds);
    writer.varint(8);
  }
  writer.varint(writer.length - end);
}

/** RFC 3339 in UTC; undefined when it is Go's zero time. @throws RangeError */
export function readTime(reader: MessageReader): string | undefined {
  const { seconds } = readTimestamp(reader);
  return seconds === undefined || seconds === unsetSeconds ? undefined : `${dateText(seconds)}Z`;
}

/** As `readTime`, with six digits after the second. @throws RangeError */
export function readMicroTime(reader: MessageReader): string | undefined {
  const { seconds, nanoseconds } = readTimestamp(reader);
  const micros = Math.floor(nanoseconds / 1000);
  if (seconds === undefined || (seconds === unsetSeconds && micros === 0)) return undefined;
  return `${dateText(seconds)}.${String(micros).padStart(6, "0")}Z`;
}

function readTimestamp(reader: MessageReader): { seconds: number | undefined; nanoseconds: number } {
  if (reader.bytes[reader.position] === 0) {
    reader.position++;
    return { seconds: undefined, nanoseconds: 0 };
  }
  let seconds = 0;
  let nanoseconds = 0;
  readPart(reader, (tag) => {
    if (tag === 8) seconds = reader.int64();
    else if (tag === 16) nanoseconds = reader.int32();
    else return false;
    return true;
  });
  if (seconds < firstSecond || seconds > lastSecond || nanoseconds < 0 || nanoseconds > 999_999_999)
    throw new RangeError(`time out of range: ${seconds} s, ${nanoseconds} ns`);
  return { seconds, nanoseconds };
}

/** The day that was met last: most times of an object are of one day, and reading and writing days is slow. */
let knownDay = { text: "1970-01-01T", start: 0 };
const daySeconds = 86_400;
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));

/** Seconds since 1970 of `2024-02-29T23:59:59Z`; a fraction is left out. NaN when it is no time. */
function secondsOf(text: string): number {
  if (!text.startsWith(knownDay.text)) {
    const day = text.slice(0, 11);
    const start = Date.parse(`${day}00:00:00Z`) / 1000;
    if (Number.isNaN(start)) return Number.NaN;
    knownDay = { text: day, start };
  }
  return knownDay.start + numberAt(text, 11) * 3600 + numberAt(text, 14) * 60 + numberAt(text, 17);
}

/** The number that two digits make. */
function numberAt(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 11 * 48;
}

/** `2024-02-29T23:59:59` */
function dateText(seconds: number): string {
  const start = Math.floor(seconds / daySeconds) * daySeconds;
  if (start !== knownDay.start) knownDay = { text: new Date(start * 1000).toISOString().slice(0, 11), start };
  const rest = seconds - start;
  const [hour, minute] = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60];
  return `${knownDay.text}${twoDigits[hour]}:${twoDigits[minute]}:${twoDigits[rest % 60]}`;
}
