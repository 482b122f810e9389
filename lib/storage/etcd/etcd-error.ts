import { ClientClosedError } from "etcd3";
import { StoreError, type StoreErrorCode } from "../store.ts";

const codes: readonly [message: RegExp, code: StoreErrorCode][] = [
  [/required revision has been compacted/, "Compacted"],
  [/required revision is a future revision/, "FutureRevision"],
  [/request is too large|message larger than max/, "TooLarge"],
];

/** What went wrong in a call to etcd, in the store's words. Whatever is not known to be otherwise is `Unavailable`. */
export function etcdError(error: unknown, endpoints: readonly string[]): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ClientClosedError) return new StoreError("Closed", "the store is closed", { cause: error });
  for (const [pattern, code] of codes) {
    if (pattern.test(message)) return new StoreError(code, message, { cause: error });
  }
  return new StoreError("Unavailable", `etcd at ${endpoints.join(", ")}: ${message}`, { cause: error });
}
