import { StoreError } from "../store.ts";

/** The refusal of a damaged store: what is wrong, where, and what its owner can do. */
export function damaged(directory: string, what: string, cause?: unknown): StoreError {
  const advice =
    "restore the directory from a copy, or move it away to start with an empty store (a copy of what is left: mdb_copy)";
  return new StoreError("Damaged", `the store in ${directory} is damaged: ${what}; ${advice}`, { cause });
}
