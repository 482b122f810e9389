import assert from "node:assert/strict";
import { chmod, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { startTestCluster, type TestCluster } from "../test-cluster.ts";

const map = (value: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shown}\ndata: {a: ${value}}\n`;
const path = process.env["PATH"] ?? "";

describe("edit, diff and events", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster();
  });
  after(() => cluster.close());
  beforeEach(async () => {
    await cluster.typectl(["apply", "-f", "-"], { stdin: map("one") });
  });

  /** An editor that does what a script says; `$1` is the file. */
  async function edit(script: string, words = "edit cm shown") {
    const editor = await cluster.file("editor.sh", `#!/bin/sh\n${script}\n`);
    await chmod(editor, 0o755);
    return cluster.typectl(words.split(" "), { env: { PATH: path, KUBE_EDITOR: editor } });
  }
  const value = async () => (await cluster.typectl(["get", "cm", "shown", "-o", "jsonpath={.data.a}"])).stdout;

  const edits: readonly [what: string, script: string, stdout: string, stderr: string, kept: string][] = [
    ["a change is saved", `sed -i 's/a: one/a: two/' "$1"`, "configmap/shown edited\n", "", "two"],
    ["no change", "true", "", "Edit cancelled, no changes made.\n", "one"],
    ["comments are no change", `echo "# mine" >> "$1"`, "", "Edit cancelled, no changes made.\n", "one"],
    ["an empty file", `: > "$1"`, "", "Edit cancelled, saved file was empty.\n", "one"],
  ];
  for (const [what, script, stdout, stderr, kept] of edits) {
    test(`edit: ${what}`, async () => {
      const outcome = await edit(script);
      assert.deepEqual(outcome, { code: 0, stdout, stderr });
      assert.equal(await value(), kept);
    });
  }

  test("edit opens again with the failure above the object", async () => {
    const copy = `${cluster.directory}/second.yaml`;
    const { code, stdout, stderr } = await edit(
      `if grep -q 'unknown field' "$1"; then cp "$1" ${copy}; sed -i '/^frob:/d; s/a: one/a: three/' "$1"; else echo 'frob: 1' >> "$1"; fi`,
    );
    assert.deepEqual([code, stdout, stderr], [0, "configmap/shown edited\n", ""]);
    assert.match(await readFile(copy, "utf8"), /^# Please edit[\s\S]*\n#\n# [^\n]*unknown field "frob"\n#\napiVersion/);
    assert.equal(await value(), "three");
  });

  test("edit keeps what could not be saved", async () => {
    const { code, stderr } = await edit(`grep -q frob "$1" || echo 'frob: 1' >> "$1"`);
    const copy = /stored to "([^"]+)"/.exec(stderr)?.[1] ?? "";
    assert.equal(code, 1);
    assert.match(stderr, /error: Edit cancelled, no valid changes were saved\.\n$/);
    assert.match(await readFile(copy, "utf8"), /frob: 1/);
    await rm(dirname(copy), { recursive: true });
  });

  test("edit keeps names as they are", async () => {
    const { stderr } = await edit(`sed -i 's/name: shown/name: other/' "$1"`);
    assert.match(stderr, /At least one of apiVersion, kind and name was changed/);
    await rm(dirname(/stored to "([^"]+)"/.exec(stderr)?.[1] ?? ""), { recursive: true });
  });

  test("an editor that fails", async () => {
    const { code, stderr } = await edit("exit 3");
    assert.equal(code, 1);
    assert.match(stderr, /^error: there was a problem with the editor /);
  });

  const diff = (stdin: string, env: Record<string, string> = {}) =>
    cluster.typectl(["diff", "-f", "-"], { stdin, env: { PATH: path, ...env } });

  test("diff ends with 0 without differences", async () => {
    assert.deepEqual(await diff(map("one")), { code: 0, stdout: "", stderr: "" });
  });

  test("diff ends with 1 and shows what apply would change, and changes nothing", async () => {
    const { code, stdout, stderr } = await diff(map("nine"));
    assert.deepEqual([code, stderr], [1, ""]);
    assert.match(
      stdout,
      /^(?:diff [^\n]*\n)?--- \S+\/LIVE[\S/]*\/v1\.ConfigMap\.default\.shown\t[^\n]*\n\+\+\+ \S+\/MERGED/,
    );
    assert.match(stdout, /\n- {2}a: one\n\+ {2}a: nine\n/);
    assert.equal(await value(), "one");
  });

  test("diff of what is not there yet, with the user's program", async () => {
    const { code, stdout } = await diff(map("one").replace("shown", "fresh"), { KUBECTL_EXTERNAL_DIFF: "diff -N -q" });
    assert.equal(code, 1);
    assert.match(stdout, /^Files \S+v1\.ConfigMap\.default\.fresh and \S+ differ\n$/);
  });

  test("diff never shows the values of secrets", async () => {
    const secret = (text: string) =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: ${text}, b: same}\n`;
    await cluster.typectl(["apply", "-f", "-"], { stdin: secret("old") });
    const { code, stdout } = await diff(secret("new"));
    assert.equal(code, 1);
    assert.match(stdout, /\n- {2}a: '\*\*\* \(before\)'\n\+ {2}a: '\*\*\* \(after\)'\n/);
    assert.doesNotMatch(stdout, /old|new|b2xk|bmV3|c2FtZQ/);
  });

  test("failures of diff are told apart from differences", async () => {
    const { code, stderr } = await diff(`${map("one")}frob: 1\n`);
    assert.equal(code, 2);
    assert.match(stderr, /unknown field "frob"/);
    assert.equal((await diff(map("two"), { KUBECTL_EXTERNAL_DIFF: "exit 5; true" })).code, 5);
  });

  test("events, of all, of one object, of one type", async () => {
    assert.deepEqual(await cluster.typectl(["events", "-n", "default"]), {
      code: 0,
      stdout: "",
      stderr: "No events found in default namespace.\n",
    });
    const nowMs = Date.now();
    const clock = new SimulatedClock(nowMs);
    const seen = new Date(nowMs - 90_000).toISOString();
    const about = (name: string, type: string, reason: string) => ({
      metadata: { name: `${name}.1`, namespace: "default" },
      involvedObject: { kind: "Pod", namespace: "default", name },
      type,
      reason,
      message: `about ${name}`,
      firstTimestamp: seen,
      lastTimestamp: seen,
      count: 1,
    });
    await cluster.client.core.v1.events.create(about("a", "Normal", "Started"));
    await cluster.client.core.v1.events.create(about("b", "Warning", "Failed"));
    const all = (await cluster.typectl(["events"], { clock })).stdout;
    assert.match(all, /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n9\ds +Normal +Started +Pod\/a +about a\n/);
    assert.match(
      (await cluster.typectl(["events", "--types=Warning", "--no-headers"], { clock })).stdout,
      /^9\ds +Warning +Failed[^\n]*\n$/,
    );
    assert.match(
      (await cluster.typectl(["events", "--for", "pod/a", "-A"], { clock })).stdout,
      /^NAMESPACE[^\n]*\ndefault +9\ds[^\n]*about a\n$/,
    );
    assert.equal(
      (await cluster.typectl(["events", "--for", "a"])).stderr,
      "error: --for must be in resource/name form\n",
    );
  });
});
