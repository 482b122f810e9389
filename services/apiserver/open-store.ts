import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../../lib/storage/store.ts";

/** Files with PEM texts: who signed etcd's certificate, and what it knows this apiserver by. */
export interface EtcdTlsFiles {
  caFile?: string | undefined;
  certFile?: string | undefined;
  keyFile?: string | undefined;
}

/**
 * Opens the store that a `--store` flag names: `embedded` is kept under the data directory, an `http(s)://` address (or
 * several, separated by commas) is an etcd, with `tls` files when it is `https://`. Loads only what it uses.
 * @throws StoreError `Locked`, `Damaged`, `Unavailable`.
 */
export async function openStore(store: string, dataDirectory: string, tls: EtcdTlsFiles = {}): Promise<Store> {
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
  const contents = readTls(tls);
  return openEtcdStore({ endpoints, ...(Object.keys(contents).length > 0 && { tls: contents }) });
}

function readTls({ caFile, certFile, keyFile }: EtcdTlsFiles): { ca?: string; cert?: string; key?: string } {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new TypeError("--etcd-certfile and --etcd-keyfile belong together");
  }
  return {
    ...(caFile !== undefined && { ca: readFileSync(caFile, "utf8") }),
    ...(certFile !== undefined && { cert: readFileSync(certFile, "utf8") }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile, "utf8") }),
  };
}
