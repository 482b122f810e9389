import { describe } from "node:test";
import { testCompaction } from "./conformance/compaction.ts";
import { testLeases } from "./conformance/leases.ts";
import { testLifetime } from "./conformance/lifetime.ts";
import { testReads } from "./conformance/reads.ts";
import { testWatch } from "./conformance/watch.ts";
import { testWrites } from "./conformance/writes.ts";
import type { Store } from "./store.ts";

/** A fresh, empty store for one test. */
export interface OpenedStore {
  store: Store;
  /** Closes the store and opens the same data again. */
  reopen?: () => Promise<Store>;
  /** Closes the store and removes what it left. */
  cleanup: () => Promise<void>;
}

/** The store's contract (`store.ts`) as tests: every backend passes them. */
export function storeConformance(name: string, open: () => Promise<OpenedStore>): void {
  describe(`store contract: ${name}`, () => {
    testWrites(open);
    testReads(open);
    testWatch(open);
    testCompaction(open);
    testLeases(open);
    testLifetime(open);
  });
}
