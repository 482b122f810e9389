import type { Logger } from "../../../lib/observe/logger.ts";
import { storeRoot } from "../resource-info.ts";
import type { EncryptingStore } from "./encrypting-store.ts";

/** Brings everything under the keys that write now, in the background. */
export function startRewriting(store: EncryptingStore, logger: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = store.rewrite(storeRoot, stopping.signal).then(
    (count) => {
      if (count > 0) logger.info({ count }, "values were encrypted anew");
    },
    (error: unknown) => {
      if (!stopping.signal.aborted) logger.error({ err: error }, "values could not be encrypted anew");
    },
  );
  return {
    stop() {
      stopping.abort();
      return done;
    },
  };
}
