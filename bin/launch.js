import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";

const root = join(import.meta.dirname, "..");

/**
 * Runs a program's bundle; in a checkout without one, builds it first. `leavesCode`: whether this run is one whose compiled code
 * is worth keeping.
 */
export async function launch(program, leavesCode) {
  const file = join(root, "dist", `${program}.cjs`);
  if (!existsSync(file)) {
    const builder = join(root, "scripts/build.js");
    if (!existsSync(builder)) throw new Error(`${file} is missing: install the package again`);
    const { buildIfStale } = await import(builder);
    await buildIfStale();
  }
  runCompiled(file, leavesCode);
}

/**
 * Runs a CommonJS file with the compiled code that an earlier run has left beside it: V8 then need not compile anew, which
 * would take longer than all else there is to do at a start. Where there is none that fits, this run may leave its own.
 * Returns what the file exports.
 */
export function runCompiled(file, leavesCode = true) {
  const codeFile = `${file}-${process.version}-${statSync(file).mtime.getTime()}.code`;
  const cachedData = existsSync(codeFile) ? readFileSync(codeFile) : undefined;
  // The bundle is plain ASCII.
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, "latin1")}\n})`;
  const script = new Script(source, { filename: file, cachedData });
  if (leavesCode && (!cachedData || script.cachedDataRejected)) process.once("exit", () => keepCode(script, codeFile));
  const module = { exports: {} };
  script.runInThisContext().call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
}

function keepCode(script, codeFile) {
  const temporary = `${codeFile}.${process.pid}`;
  try {
    writeFileSync(temporary, script.createCachedData());
    renameSync(temporary, codeFile);
  } catch {
    // Installed where this user may not write: it works without.
  }
}
