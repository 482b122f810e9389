import { join } from "node:path";
import type { Store } from "../../lib/storage/store.ts";

/**
 * Opens the store that a `--store` flag names: `embedded` is kept under the data directory, an `http(s)://` address (or
 * several, separated by commas) is an etcd. Loads only what it uses.
 * @throws StoreError `Locked`, `Damaged`, `Unavailable`.
 */
export async function openStore(store: string, dataDirectory: string): Promise<Store> {
  if (store === "embedded") {
    const { openEmbeddedStore } = await import("../../lib/storage/embedded/embedded-store.ts");
    return openEmbeddedStore({ directory: join(dataDirectory, "store") });
  }
  const endpoints = store.split(",");
  if (!endpoints.every((endpoint) => /^https?:\/\//.test(endpoint))) {
    throw new TypeError(
      `--store is "embedded" or the address of an etcd (http://host:port), not ${JSON.stringify(store)}`,
    );
  }
  const { openEtcdStore } = await import("../../lib/storage/etcd/etcd-store.ts");
  return openEtcdStore({ endpoints });
}
