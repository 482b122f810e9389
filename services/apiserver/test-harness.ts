import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../lib/base/clock.ts";
import { eventually } from "../../lib/base/eventually.ts";
import type { Client } from "../../lib/client/client.ts";
import { createClient } from "../../lib/client/create-client.ts";
import type { Identity } from "../../lib/grpc/router.ts";
import { type Logger, silentLogger } from "../../lib/observe/logger.ts";
import { openEmbeddedStore } from "../../lib/storage/embedded/embedded-store.ts";
import type { Store } from "../../lib/storage/store.ts";
import type { KubeletTransport } from "./kubelet-connections.ts";
import { type Apiserver, type ApiserverOptions, startApiserver } from "./service.ts";

/** Who a test is unless it says otherwise. */
const administrator: Identity = { user: "kubernetes-admin", groups: ["system:masters"] };

export interface TestApiserverOptions extends ApiserverOptions {
  /** Time of the apiserver; the machine's when absent. The store always runs on the machine's. */
  clock?: Clock;
  /** Randomness in [0, 1) for names; the real one when absent. */
  random?: () => number;
  /** Where errors go; nowhere when absent. */
  logger?: Logger;
  /** How kubelets are reached for logs and exec; they are not when absent. */
  kubeletTransport?: KubeletTransport;
  /** Used instead of an embedded store in a directory of its own; the test closes it. */
  store?: Store;
}

/** An apiserver for tests of those who use it: real verbs, real store, no ports. */
export interface TestApiserver {
  /** A client in the same process; the administrator's when no identity is given. */
  client(identity?: Identity): Client;
  readonly store: Store;
  readonly apiserver: Apiserver;
  /** Resolves when nobody has written for a while; fails when the writing never ends. */
  settle(): Promise<void>;
  /** Stops everything and removes the data. */
  close(): Promise<void>;
}

/**
 * Starts an apiserver on a new embedded store. Pods need no service account unless `disableAdmissionPlugins` says
 * otherwise, as nobody makes the `default` one here.
 */
export async function startTestApiserver(options: TestApiserverOptions = {}): Promise<TestApiserver> {
  const { clock, random, kubeletTransport, logger = silentLogger, store: givenStore, ...rest } = options;
  const directory = givenStore ? undefined : await mkdtemp(join(tmpdir(), "typernetes-apiserver-"));
  const store = givenStore ?? (await openEmbeddedStore({ directory: directory ?? "" }));
  const deps = {
    store,
    logger,
    ...(clock && { clock }),
    ...(random && { random }),
    ...(kubeletTransport && { kubeletTransport }),
  };
  const removeData = async () => {
    if (!givenStore) await store.close();
    if (directory) await rm(directory, { recursive: true, force: true });
  };
  const starting = startApiserver(deps, { disableAdmissionPlugins: ["ServiceAccount"], ...rest });
  const apiserver = await starting.catch(async (error) => {
    await removeData();
    throw error;
  });
  await apiserver.furnished;
  return {
    client: (identity = administrator) => createClient(apiserver.transportFor(identity)),
    store,
    apiserver,
    settle: () => settled(store),
    async close() {
      await apiserver.close();
      await removeData();
    },
  };
}

/** So many looks, each with a turn for everybody: on a busy machine time alone says little. */
const quietLooks = 50;
const looksPerWrite = 10;

/** Every so often it looks by a write of its own, which ends after all that were on their way to the disk. */
async function settled(store: Store): Promise<void> {
  let last = 0;
  let looks = 0;
  await eventually(async () => {
    const isWrite = looks % looksPerWrite === looksPerWrite - 1;
    const now = isWrite ? await touch(store) : await store.currentRevision();
    looks = now === last + Number(isWrite) ? looks + 1 : 0;
    last = now;
    return looks > quietLooks;
  });
}

/** Writes what nobody reads. */
async function touch(store: Store): Promise<number> {
  const found = await store.get("/settled");
  const value = new Uint8Array();
  return found ? store.update(found.key, value, found.revision) : store.create("/settled", value);
}
