import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** Writes JSON so that a crash leaves either the old or the new content. */
export function writeState(path: string, state: object): void {
  const draft = `${path}.draft`;
  writeFileSync(draft, JSON.stringify(state));
  renameSync(draft, path);
}

/** The text of a file; undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
