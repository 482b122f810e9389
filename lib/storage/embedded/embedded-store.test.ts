import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeConformance } from "../conformance.ts";
import { openEmbeddedStore } from "./embedded-store.ts";

storeConformance("embedded", async () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-store-"));
  let store = await openEmbeddedStore({ directory, progressIntervalMs: 100 });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openEmbeddedStore({ directory, progressIntervalMs: 100 });
      return store;
    },
    cleanup: async () => {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
});
