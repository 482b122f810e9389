import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createBridgeNetwork } from "../../network/bridge-network.ts";
import { findFreeRange } from "../../network/free-range.ts";
import { removeNetworkLeftovers } from "../../network/leftovers.ts";
import { kernelNames } from "../../network/names.ts";
import { createNodeNamespace } from "../../network/node-namespace.ts";
import { networkPromises } from "../conformance/network.ts";
import { TestBench } from "../conformance/test-bench.ts";
import { traces, withoutTraces } from "../conformance/traces.ts";
import { createProcessRuntime } from "./process-runtime.ts";
import { removeProcessLeftovers } from "./remove-leftovers.ts";

const SERVER = "require('net').createServer((s) => s.end(process.argv[2])).listen(Number(process.argv[1]))";

test("a node in a namespace of its own; all of a killed node is removed by name", async () => {
  const dir = mkdtempSync(join(tmpdir(), "node-place-"));
  const clusterCIDR = await findFreeRange(Array.from({ length: 20 }, () => `10.${randomInt(100, 200)}.0.0/16`));
  const nodeCIDR = await findFreeRange(Array.from({ length: 12 }, () => `172.${randomInt(19, 28)}.0.0/16`));
  const stateDir = join(dir, "runtime");
  const marks = [dir, kernelNames(dir).prefix, kernelNames(stateDir).prefix];
  try {
    const place = await createNodeNamespace({ cluster: dir, name: "n1", index: 1, nodeCIDR, clusterCIDR });
    const networkOptions = { place, nodeName: "n1", stateDir: join(dir, "network"), cluster: dir, clusterCIDR };
    const network = await createBridgeNetwork(networkOptions);
    const runtime = await createProcessRuntime({
      stateDir,
      nodeName: "n1",
      network,
      place,
      hostImages: true,
      dataDir: dir,
    });
    const bench = new TestBench();
    await bench.open({
      place,
      image: "anything:1",
      serve: (port, answer) => [process.execPath, "-e", SERVER, String(port), answer],
      marks,
      open: async () => runtime,
      dispose: async () => {},
    });
    for (const check of Object.values(networkPromises)) await check(bench);
    await bench.start(["sleep", "1000"]);
    const own = await bench.start(["sleep", "1000"], {}, await bench.sandbox({ hostNetwork: true }));
    await bench.runtime.stopContainer(own, 0);
    await runtime.close();
    assert.notDeepEqual(await traces([bench.mark]), []);

    await removeProcessLeftovers(stateDir);
    await removeProcessLeftovers(stateDir);
    await removeNetworkLeftovers(dir);
    await withoutTraces([bench.mark, ...marks]);
  } finally {
    await removeProcessLeftovers(stateDir);
    await removeNetworkLeftovers(dir);
    rmSync(dir, { recursive: true });
  }
});
