import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runCommand } from "../network/command.ts";
import { unmountBelow } from "../runtimes/process/mount-info.ts";
import { sealBelow } from "./read-only-tree.ts";

function folder(t: TestContext) {
  const path = mkdtempSync(join(tmpdir(), "read-only-tree-"));
  t.after(async () => {
    await unmountBelow(path);
    rmSync(path, { recursive: true });
  });
  const [source, target] = [join(path, "a b"), join(path, "view/0")];
  mkdirSync(join(source, "inner"), { recursive: true });
  return { source, target };
}

test("a tree without mounts in it needs no view of its own", async (t) => {
  const { source, target } = folder(t);
  assert.equal(await sealBelow(source, target), source);
});

test("a view of a tree is read-only, with all that is mounted in it, and is made anew for the next container", async (t) => {
  const { source, target } = folder(t);
  const mount = (path: string) => runCommand(["mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", path]);
  await mount(join(source, "inner"));
  mkdirSync(join(source, "inner/deep"));
  assert.equal(await sealBelow(source, target), target);
  await mount(join(source, "inner/deep"));
  assert.equal(await sealBelow(source, target), target);
  for (const path of ["", "inner", "inner/deep"])
    assert.throws(() => writeFileSync(join(target, path, "x"), ""), { code: "EROFS" });
  const options = await runCommand(["findmnt", "-no", "OPTIONS", join(target, "inner/deep")]);
  assert.match(options, /^ro,.*noexec/);
  writeFileSync(join(source, "inner/deep/x"), "");
});
