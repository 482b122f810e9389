import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEntry } from "../runtime.ts";
import { LastSeen } from "./last-seen.ts";

const at = (time: string, text: string): LogEntry => {
  const timestamp = `2026-01-01T00:00:${time}Z`;
  return { timestamp, timeMs: Date.parse(timestamp), stream: "stdout", line: Buffer.from(text) };
};
const [one, two, three, four] = [
  at("01.000000001", "one"),
  at("02.123456789", "two"),
  at("02.123456789", "three"),
  at("02.123456790", "four"),
];

test("a second reading from the last line's time brings only what the first had not", () => {
  const lines = [one, two, three, four].filter((line) => line !== undefined);
  for (let count = 1; count <= lines.length; count++) {
    const seen = new LastSeen();
    for (const line of lines.slice(0, count)) seen.note(line);
    const again = lines.filter(({ timestamp }) => timestamp >= (lines[count - 1]?.timestamp ?? ""));
    assert.deepEqual(
      again.filter((line) => seen.isNew(line)),
      lines.slice(count),
    );
  }
});

test("the time of the last line is told to the nanosecond", () => {
  const seen = new LastSeen();
  assert.equal(seen.any, false);
  seen.note(at("02.123456789", "two"));
  assert.deepEqual([seen.any, seen.since], [true, `${Date.UTC(2026, 0, 1, 0, 0, 2) / 1000}.123456789`]);
});
