/**
 * Makes `gen/` from `proto/`: buf runs ts-proto and our plugin, then two things that ts-proto has no option for are put
 * right (messages that stand for plain values; map keys such as `__proto__`). `--check` only tells whether gen/ is true.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { adjustTypeScript } from "./adjust-typescript.ts";

const root = join(import.meta.dirname, "../..");
const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });

const made = mkdtempSync(join(tmpdir(), "typernetes-gen-"));
try {
  generate(made);
  const differences = compare(made, join(root, "gen"));
  if (values.check) {
    if (differences.length > 0) {
      console.error(`gen/ does not match proto/: ${differences.slice(0, 5).join(", ")}. Run: npm run generate`);
      process.exitCode = 1;
    }
  } else {
    // Only what differs is touched, so that programs that are being tested meanwhile find the rest.
    for (const name of differences) replace(join(made, name), join(root, "gen", name));
    console.log(`gen/: ${differences.length} files changed`);
  }
} finally {
  rmSync(made, { recursive: true, force: true });
}

/** Makes `target` equal to `source`; removes it when there is no source any more. */
function replace(source: string, target: string): void {
  if (!existsSync(source)) return rmSync(target);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target);
}

function generate(output: string): void {
  const template = readFileSync(join(root, "buf.gen.yaml"), "utf8").replaceAll("out: gen", `out: ${output}`);
  execFileSync(join(root, "node_modules/.bin/buf"), ["generate", "--template", template], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  // Custom options are for generators alone.
  rmSync(join(output, "google"), { recursive: true, force: true });
  rmSync(join(output, "typernetes/meta/v1/rules.ts"), { force: true });
  cpSync(join(import.meta.dirname, "plain-values.ts.txt"), join(output, "plain-values.ts"));
  for (const file of typeScriptFiles(output))
    writeFileSync(file, adjustTypeScript(readFileSync(file, "utf8"), relative(output, file)));
}

function typeScriptFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => path.endsWith(".ts") && statSync(path).isFile());
}

function compare(left: string, right: string): string[] {
  const list = (directory: string) => new Map(safeFiles(directory).map((file) => [relative(directory, file), file]));
  const [a, b] = [list(left), list(right)];
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter((name) => {
    const [one, other] = [a.get(name), b.get(name)];
    return !one || !other || !readFileSync(one).equals(readFileSync(other));
  });
}

function safeFiles(directory: string): string[] {
  try {
    return typeScriptFiles(directory);
  } catch {
    return [];
  }
}
