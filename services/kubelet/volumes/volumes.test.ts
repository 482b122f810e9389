import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isFilled, writeFilesAtomically } from "./atomic-files.ts";
import { projectFiles } from "./project-files.ts";

const root = mkdtempSync(join(tmpdir(), "volumes-"));
after(() => rmSync(root, { recursive: true }));

const file = (path: string, text: string, mode = 0o644) => ({ path, content: Buffer.from(text), mode });
const visible = (directory: string) =>
  readdirSync(directory)
    .filter((name) => !name.startsWith(".."))
    .sort();
const read = (directory: string, path: string) => readFileSync(join(directory, path), "utf8");
const modeOf = (directory: string, path: string) => statSync(join(directory, path)).mode & 0o777;

test("files are written, changed, added and taken away; what was open stays whole", async () => {
  const directory = join(root, "changing");
  assert.equal(await isFilled(directory), false);
  await writeFilesAtomically(directory, [file("a", "1"), file("b/c", "2", 0o400)]);
  assert.equal(await isFilled(directory), true);
  assert.deepEqual(visible(directory), ["a", "b"]);
  assert.deepEqual([read(directory, "a"), read(directory, "b/c"), modeOf(directory, "b/c")], ["1", "2", 0o400]);
  await writeFilesAtomically(directory, [file("a", "3"), file("d", "4")]);
  assert.deepEqual(visible(directory), ["a", "d"]);
  assert.deepEqual([read(directory, "a"), read(directory, "d")], ["3", "4"]);
  assert.equal(readdirSync(directory).filter((name) => /^\.\.\d/.test(name)).length, 1, "one generation of data");
  await writeFilesAtomically(directory, []);
  assert.deepEqual(visible(directory), []);
});

test("nothing is written when nothing has changed", async () => {
  const directory = join(root, "same");
  await writeFilesAtomically(directory, [file("a", "1")]);
  const before = readdirSync(directory);
  await writeFilesAtomically(directory, [file("a", "1")]);
  assert.deepEqual(readdirSync(directory), before);
});

test("what an interrupted write has left is cleared by the next", async () => {
  const directory = join(root, "interrupted");
  await writeFilesAtomically(directory, [file("a", "1")]);
  mkdirSync(join(directory, "..2020-01-01T00_00_00.half"));
  symlinkSync("..2020-01-01T00_00_00.half", join(directory, "..data_tmp"));
  await writeFilesAtomically(directory, [file("a", "2")]);
  assert.equal(read(directory, "a"), "2");
  assert.equal(existsSync(join(directory, "..2020-01-01T00_00_00.half")), false);
  rmSync(join(directory, "a"));
  await writeFilesAtomically(directory, [file("a", "2")]);
  assert.equal(read(directory, "a"), "2", "a name that it had not come to is there");
});

test("files belong to the pod's group", async () => {
  const directory = join(root, "group");
  const gid = process.getgid?.() ?? 0;
  await writeFilesAtomically(directory, [file("a", "1", 0o440)], gid);
  assert.deepEqual([statSync(join(directory, "a")).gid, modeOf(directory, "a")], [gid, 0o440]);
});

const data = new Map([
  ["a", Buffer.from("1")],
  ["b", Buffer.from("2")],
]);
const missing = "references non-existent secret key";
const paths = (projection: Parameters<typeof projectFiles>[1]) =>
  projectFiles(data, projection, missing).map(({ path, mode }) => `${path} ${mode.toString(8)}`);

test("keys become files: all of them, or those that are named, each with its mode", () => {
  assert.deepEqual(paths({}), ["a 644", "b 644"]);
  assert.deepEqual(paths({ defaultMode: 0o400 }), ["a 400", "b 400"]);
  assert.deepEqual(paths({ items: [{ key: "b", path: "x/y" }] }), ["x/y 644"]);
  assert.deepEqual(paths({ items: [{ key: "a", path: "p", mode: 0o777 }], defaultMode: 0o400 }), ["p 777"]);
  assert.deepEqual(paths({ items: [] }), ["a 644", "b 644"]);
});

test("a named key that is missing is refused, unless it may be", () => {
  const items = [
    { key: "none", path: "x" },
    { key: "a", path: "a" },
  ];
  assert.throws(() => paths({ items }), { name: "ConfigError", message: `${missing}: none` });
  assert.deepEqual(paths({ items, optional: true }), ["a 644"]);
});
