import assert from "node:assert/strict";
import { joined, type Promises, type TestBench, untilTold } from "./test-bench.ts";

export const logPromises: Promises = {
  "logs carry stream, order and time": async (bench) => {
    const id = await bench.shell(`echo one; ${untilTold("a")}; echo two >&2; ${untilTold("b")}; echo three`);
    for (const [text, file] of [
      ["one", "/a"],
      ["two", "/b"],
    ] as const) {
      await bench.written(id, text);
      await bench.exec(id, ["touch", file]);
    }
    await bench.exited(id);
    const entries = await bench.logs(id);
    assert.deepEqual(
      entries.map(({ stream, line }) => [stream, Buffer.from(line).toString()]),
      [
        ["stdout", "one\n"],
        ["stderr", "two\n"],
        ["stdout", "three\n"],
      ],
    );
    for (const entry of entries) {
      assert.match(entry.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d)$/);
      assert.ok(
        Math.abs(Date.parse(entry.timestamp) - entry.timeMs) <= 1 && Math.abs(entry.timeMs - Date.now()) < 600_000,
      );
    }
    const times = entries.map(({ timeMs }) => timeMs);
    assert.ok(times[0]! < times[1]! && times[1]! < times[2]!);
  },

  "logs of a container that has written nothing are empty": async (bench) => {
    assert.deepEqual(await bench.logs(await bench.start(["sleep", "1000"])), []);
  },

  "logs can be cut to the last lines and to a time": async (bench) => {
    const id = await bench.shell(`echo 1; echo 2; ${untilTold("go")}; sleep 0.3; echo 3; echo 4`);
    await bench.written(id, "2");
    await bench.exec(id, ["touch", "/go"]);
    await bench.exited(id);
    assert.equal(await bench.text(id, { tailLines: 2 }), "3\n4\n");
    assert.equal(await bench.text(id, { tailLines: 0 }), "");
    assert.equal(await bench.text(id, { tailLines: 100 }), "1\n2\n3\n4\n");
    const third = (await bench.logs(id))[2]!;
    assert.equal(await bench.text(id, { sinceMs: third.timeMs - 100 }), "3\n4\n");
    assert.equal(await bench.text(id, { sinceMs: third.timeMs - 100, tailLines: 1 }), "4\n");
    assert.equal(await bench.text(id, { sinceMs: third.timeMs + 100_000 }), "");
  },

  "a last line without newline is kept as it is": async (bench) => {
    assert.equal(await bench.output("echo a; printf b"), "a\nb");
  },

  "following logs brings old and new lines, and ends with the container": async (bench) => {
    const id = await bench.shell("echo old; while ! [ -e /go ]; do sleep 0.02; done; echo new; echo last");
    await bench.written(id, "old");
    const seen: string[] = [];
    for await (const entry of bench.runtime.logs(id, { follow: true })) {
      seen.push(Buffer.from(entry.line).toString());
      if (seen.length === 1) await bench.exec(id, ["touch", "/go"]);
    }
    assert.deepEqual(seen, ["old\n", "new\n", "last\n"]);
  },

  "following with no old lines asked for": async (bench) => {
    const id = await bench.shell("echo old; while ! [ -e /go ]; do sleep 0.02; done; echo new");
    await bench.written(id, "old");
    const following = bench.logs(id, { follow: true, tailLines: 0 });
    await bench.exec(id, ["touch", "/go"]);
    const text = joined(await following);
    assert.ok(text === "new\n" || text === "", text);
  },

  "following ends when it is aborted": async (bench) => {
    const id = await bench.shell("echo up; sleep 1000");
    const controller = new AbortController();
    let count = 0;
    for await (const _ of bench.runtime.logs(id, { follow: true }, controller.signal)) {
      count++;
      controller.abort();
    }
    assert.equal(count, 1);
  },

  "large output is complete and in order": async (bench) => {
    const lines = 40_000;
    const id = await bench.shell(
      `i=0; while [ $i -lt ${lines} ]; do echo "line $i of a large output"; i=$((i+1)); done; ${lastCommand(bench)}`,
    );
    const following = bench.logs(id, { follow: true });
    await bench.exited(id);
    const expected = Array.from({ length: lines }, (_, i) => `line ${i} of a large output\n`).join("");
    assert.ok((await bench.text(id)) === expected, "read at the end");
    assert.ok(joined(await following) === expected, "followed");
    assert.equal(await bench.text(id, { tailLines: 1 }), `line ${lines - 1} of a large output\n`);
  },

  "a very long line arrives whole": async (bench) => {
    const text = await bench.output(`head -c 300000 /dev/zero | tr '\\0' x; echo; echo end; ${lastCommand(bench)}`);
    assert.ok(text === `${"x".repeat(300_000)}\nend\n`, `${text.length} characters`);
  },

  "the last words of a container are in its logs when it has ended": async (bench) => {
    const sandbox = await bench.sandbox();
    for (let attempt = 0; attempt < 5; attempt++) {
      assert.equal(await bench.output(`echo words ${attempt}`, { attempt }, sandbox), `words ${attempt}\n`);
    }
  },

  "logs of an unknown container are not found": async (bench) => {
    await assert.rejects(bench.logs("no-such-container"), { code: "NotFound" });
  },
};

function lastCommand({ subject }: TestBench): string {
  return subject.lastCommand ?? "true";
}
