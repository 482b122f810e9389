import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { duration, integer, list, optionalText, text, toggle } from "./flags.ts";
import { normaliseArguments } from "./normalise-arguments.ts";

const flags = {
  namespace: text("-n, --namespace <name>", ""),
  output: text("-o, --output <format>", ""),
  stdin: toggle("-i, --stdin", ""),
  tty: toggle("-t, --tty", ""),
  wait: toggle("--wait", "", true),
  dryRun: optionalText("--dry-run", "", "none", "unchanged"),
  replicas: integer("--replicas <n>", "", 0),
  filename: list("-f, --filename <path>", ""),
  timeout: duration("--timeout <time>", "", 0),
};

const cases: readonly [words: string, normal: string][] = [
  ["pods -o wide", "pods --output=wide"],
  ["-ojson pods", "--output=json pods"],
  ["-o=yaml pods", "--output=yaml pods"],
  ["--output json", "--output=json"],
  ["-it web", "--stdin=true --tty=true web"],
  ["-itn shop web", "--stdin=true --tty=true --namespace=shop web"],
  ["-i=false", "--stdin=false"],
  ["--wait=false pod", "--wait=false pod"],
  ["--wait pod", "--wait=true pod"],
  ["--dry-run pod", "--dry-run=unchanged pod"],
  ["--dry-run=server pod", "--dry-run=server pod"],
  ["--replicas -1", "--replicas=-1"],
  ["-f - pod", "--filename=- pod"],
  ["--unknown x", "--unknown x"],
  ["-h", "--help"],
];

describe("flags are read as kubectl reads them", () => {
  for (const [words, normal] of cases) {
    test(words, () => {
      assert.equal(normaliseArguments(words.split(" "), flags).before.join(" "), normal);
    });
  }

  test("what follows -- is not touched", () => {
    const { before, afterDash } = normaliseArguments(["web", "-i", "--", "ls", "-n", "x"], flags);
    assert.deepEqual(before, ["web", "--stdin=true"]);
    assert.deepEqual(afterDash, ["ls", "-n", "x"]);
  });

  test("a flag without its value is an error", () => {
    assert.throws(() => normaliseArguments(["pods", "-n"], flags), /flag needs an argument: 'n' in -n/);
    assert.throws(() => normaliseArguments(["--namespace"], flags), /flag needs an argument: --namespace/);
    assert.throws(() => normaliseArguments(["-x"], flags), /unknown shorthand flag: 'x' in -x/);
  });
});

describe("values of flags", () => {
  test("durations may be bare seconds only where that is allowed", () => {
    assert.equal(flags.timeout.take("1m30s", 0), 90_000);
    assert.throws(() => flags.timeout.take("90", 0), /invalid duration/);
    assert.equal(duration("--t <time>", "", 0, true).take("90", 0), 90_000);
  });

  test("lists grow, and are parted by commas", () => {
    assert.deepEqual(flags.filename.take("b,c", ["a"]), ["a", "b", "c"]);
  });

  test("what is no number or truth is an error", () => {
    assert.throws(() => flags.replicas.take("3x", 0), /ParseInt/);
    assert.throws(() => flags.wait.take("perhaps", true), /ParseBool/);
  });
});
