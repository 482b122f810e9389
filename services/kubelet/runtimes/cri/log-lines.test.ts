import assert from "node:assert/strict";
import { test } from "node:test";
import { LineJoiner, parseLines, tailOffset } from "./log-lines.ts";

const log = (...lines: string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(""));
const at = (second: number) => `2026-01-02T03:04:0${second}`;

test("lines are taken apart, and times filled up, whatever the zone", () => {
  const { lines, bytes } = parseLines(
    Buffer.concat([log(`${at(1)}.5Z stdout F one`, `${at(2)}+02:00 stderr P two`), Buffer.from("2026")]),
  );
  assert.deepEqual(
    lines.map(({ timestamp, stream, isFull, bytes: content }) => [timestamp, stream, isFull, content.toString()]),
    [
      [`${at(1)}.500000000Z`, "stdout", true, "one\n"],
      [`${at(2)}.000000000+02:00`, "stderr", false, "two"],
    ],
  );
  assert.equal(bytes, log(`${at(1)}.5Z stdout F one`, `${at(2)}+02:00 stderr P two`).length);
});

test("what is no line of a log is left out, and an empty line is one", () => {
  const { lines } = parseLines(log("", "nonsense", `${at(1)}Z stdout`, `${at(1)}Z stdout F `));
  assert.deepEqual(
    lines.map((line) => line.bytes.toString()),
    ["\n"],
  );
});

test("the parts of a line become one, each stream by itself, and what has no end is told at last", () => {
  const { lines } = parseLines(
    log(
      `${at(1)}.1Z stdout P a`,
      `${at(1)}.2Z stderr F error`,
      `${at(1)}.3Z stdout P b`,
      `${at(1)}.4Z stdout F c`,
      `${at(1)}.5Z stdout P rest`,
    ),
  );
  const joiner = new LineJoiner();
  const entries = [...joiner.join(lines), ...joiner.flush()];
  assert.deepEqual(
    entries.map(({ line, stream, timeMs }) => [Buffer.from(line).toString(), stream, timeMs % 1000]),
    [
      ["error\n", "stderr", 200],
      ["abc\n", "stdout", 100],
      ["rest", "stdout", 500],
    ],
  );
});

test("the last lines are found from the end, their parts with them", () => {
  const first = log(`${at(1)}Z stdout F 1`);
  const second = log(`${at(2)}Z stdout P 2a`, `${at(2)}Z stdout F 2b`);
  const third = log(`${at(3)}Z stdout P 3`);
  const data = Buffer.concat([first, second, third]);
  assert.deepEqual(tailOffset(data, 0, true), { offset: data.length, found: 0 });
  assert.deepEqual(tailOffset(data, 1, true), { offset: data.length - third.length, found: 1 });
  assert.deepEqual(tailOffset(data, 2, true), { offset: first.length, found: 2 });
  assert.deepEqual(tailOffset(data, 9, true), { offset: 0, found: 3 });
  const cut = data.subarray(5);
  assert.deepEqual(tailOffset(cut, 1, false), { offset: cut.length - third.length, found: 1 });
  assert.equal(tailOffset(cut, 2, false), undefined, "what comes before may belong to the second line");
});
