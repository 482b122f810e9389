import { after, before } from "node:test";
import { Etcd3 } from "etcd3";
import { storeConformance } from "../conformance.ts";
import { openEtcdStore } from "./etcd-store.ts";
import { startTestEtcd, type TestEtcd } from "./test-server.ts";

let etcd: TestEtcd;
let client: Etcd3;

before(async () => {
  etcd = await startTestEtcd();
  client = new Etcd3({ hosts: etcd.endpoint });
});

after(async () => {
  client?.close();
  await etcd?.stop();
});

storeConformance("etcd", async () => {
  const open = () => openEtcdStore({ endpoints: [etcd.endpoint], progressIntervalMs: 100, requestTimeoutMs: 20_000 });
  let store = await open();
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await open();
      return store;
    },
    cleanup: async () => {
      await store.close();
      await client.delete().all();
    },
  };
});
