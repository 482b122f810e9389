import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { giveToGroup } from "./fs-group.ts";
import { hostPath } from "./host-path.ts";
import { resolveSubPath } from "./sub-path.ts";

const root = mkdtempSync(join(tmpdir(), "volume-paths-"));
after(() => rmSync(root, { recursive: true }));
const modeOf = (path: string) => statSync(path).mode & 0o7777;

test("a host path is made when its type says so", async () => {
  for (const type of ["", "DirectoryOrCreate"]) {
    const path = join(root, `made${type}`, "below");
    assert.equal(await hostPath({ path, type }), path);
    assert.ok(statSync(path).isDirectory());
  }
  const file = join(root, "file");
  await hostPath({ path: file, type: "FileOrCreate" });
  assert.ok(statSync(file).isFile());
});

const file = join(root, "a-file");
writeFileSync(file, "");
const refused: [type: string, path: string, what: string][] = [
  ["Directory", file, "a directory"],
  ["DirectoryOrCreate", file, "a directory"],
  ["File", root, "a file"],
  ["FileOrCreate", root, "a file"],
  ["Directory", join(root, "missing"), "a directory"],
  ["Socket", file, "a socket file"],
  ["CharDevice", file, "a character device"],
  ["BlockDevice", "/dev/null", "a block device"],
];
for (const [type, path, what] of refused) {
  test(`host path of type ${type} refuses ${path === file ? "a file" : path.replace(root, "")}`, async () => {
    const message = `hostPath type check failed: ${path} is not ${what}`;
    await assert.rejects(hostPath({ path, type }), { name: "ConfigError", message });
  });
}

test("host paths of the right type are taken as they are", async () => {
  for (const [type, path] of [
    ["Directory", root],
    ["File", file],
    ["CharDevice", "/dev/null"],
  ]) {
    assert.equal(await hostPath({ path, type }), path);
  }
});

test("a sub path is made below its volume, with its volume's mode", async () => {
  const volume = join(root, "volume");
  mkdirSync(volume);
  chmodSync(volume, 0o2777);
  assert.equal(await resolveSubPath(volume, "a/b"), join(volume, "a/b"));
  assert.equal(modeOf(join(volume, "a/b")), modeOf(volume));
});

test("a sub path that several want at once is made once", async () => {
  const volume = join(root, "wanted");
  mkdirSync(volume);
  const paths = await Promise.all([1, 2, 3].map(() => resolveSubPath(volume, "a/b")));
  assert.deepEqual([...new Set(paths)], [join(volume, "a/b")]);
});

test("links below a volume are followed, but not out of it", async () => {
  const volume = join(root, "linked");
  mkdirSync(join(volume, "..2024"), { recursive: true });
  writeFileSync(join(volume, "..2024/key"), "");
  symlinkSync("..2024", join(volume, "..data"));
  symlinkSync("..data/key", join(volume, "key"));
  symlinkSync("/etc", join(volume, "out"));
  assert.equal(await resolveSubPath(volume, "key"), join(volume, "..2024/key"));
  await assert.rejects(resolveSubPath(volume, "out/passwd"), { name: "ConfigError" });
  await assert.rejects(resolveSubPath(volume, "../volume"), { name: "ConfigError" });
  await assert.rejects(resolveSubPath(volume, "/etc"), { message: "subPath must not be an absolute path" });
});

test("a volume is given to a group with all that is in it; with OnRootMismatch only once", async () => {
  const volume = join(root, "grouped");
  mkdirSync(join(volume, "sub"), { recursive: true });
  writeFileSync(join(volume, "sub/file"), "", { mode: 0o600 });
  const group = process.getgid?.() ?? 0;
  await giveToGroup(volume, { group });
  assert.deepEqual([modeOf(volume) & 0o2070, modeOf(join(volume, "sub/file"))], [0o2070, 0o660]);
  writeFileSync(join(volume, "later"), "", { mode: 0o600 });
  await giveToGroup(volume, { group, policy: "OnRootMismatch" });
  assert.equal(modeOf(join(volume, "later")), 0o600);
});
