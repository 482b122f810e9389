import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { openEtcdStore } from "../../../lib/storage/etcd/etcd-store.ts";
import { startTestEtcd } from "../../../lib/storage/etcd/test-server.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const namespace = "default";
const hasEtcd = existsSync("/usr/bin/etcd") || process.env["CI"] !== undefined;

async function addressesSeenBy(server: TestApiserver): Promise<string[][]> {
  const client = server.client();
  const { items } = await client.discovery.v1.endpointslices.list({ namespace });
  const { subsets } = await client.core.v1.endpoints.get("kubernetes", { namespace });
  return [
    items.flatMap(({ endpoints, ports }) =>
      (endpoints ?? []).map((one) => `${one.addresses?.[0]}:${ports?.[0]?.port}`),
    ),
    (subsets ?? []).flatMap(({ addresses, ports }) => (addresses ?? []).map(({ ip }) => `${ip}:${ports?.[0]?.port}`)),
  ].map((list) => list.sort());
}

function becomes(server: TestApiserver, wanted: string[]): Promise<boolean> {
  return eventually(async () => {
    assert.deepEqual(await addressesSeenBy(server), [wanted.sort(), wanted.sort()]);
    return true;
  });
}

test("the kubernetes service leads to every apiserver that is alive", {
  skip: hasEtcd ? false : "no etcd is installed",
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-apiservers-"));
  const etcd = await startTestEtcd();
  const stores = await Promise.all([1, 2, 3].map(() => openEtcdStore({ endpoints: [etcd.endpoint] })));
  const servers: TestApiserver[] = [];
  try {
    const start = async (number: number): Promise<TestApiserver> => {
      const listen = { pkiDirectory: join(directory, "pki"), host: "127.0.0.1", grpcPort: 0, httpsPort: 0 };
      const store = stores[number - 1];
      assert.ok(store);
      const server = await startTestApiserver({ store, listen, advertiseAddress: `192.0.2.${number}` });
      servers.push(server);
      return server;
    };
    const [one, two] = await Promise.all([start(1), start(2)]);
    const third = await start(3);
    const places = [one, two, third].map(({ apiserver }) => `${apiserver.advertiseAddress}:${apiserver.httpsPort}`);
    await becomes(one, places);
    await becomes(third, places);
    await two.close();
    await becomes(third, [places[0] ?? "", places[2] ?? ""]);
  } finally {
    for (const server of servers) await server.close();
    for (const store of stores) await store.close();
    await etcd.stop();
    rmSync(directory, { recursive: true });
  }
});
