import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../..");

/**
 * Makes one file of a program, as what is installed is one file: run from sources, each small function would be told its
 * name over and over. Answers where it is, in a folder that is the caller's to remove.
 */
export async function bundled(program: string): Promise<{ directory: string; file: string }> {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, "bench-"));
  const file = join(directory, "program.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: [program],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    packages: "external",
    logLevel: "warning",
  });
  return { directory, file };
}
