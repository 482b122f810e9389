/** What benchmarks there are, and what each says of itself. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "bench");

/** Their names. */
export function benchmarks() {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.replace(/\.ts$/, ""))
    .sort();
}

/** The first comment of a benchmark, without its usage. */
export function aboutOf(name) {
  const [, comment = ""] = /\/\*\*?\s([\s\S]*?)\*\//.exec(readFileSync(join(folder, `${name}.ts`), "utf8")) ?? [];
  return comment
    .replace(/^\s*\* ?/gm, "")
    .replace(/Usage:[\s\S]*$/, "")
    .replace(/\s+/g, " ")
    .trim();
}
