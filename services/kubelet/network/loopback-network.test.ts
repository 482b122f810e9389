import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { freePort } from "../../../lib/base/test-port.ts";
import { createLoopbackNetwork } from "./loopback-network.ts";

test("each pod has a loopback address of its own, host ports are forwarded, and a new kubelet carries on", async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "loopback-network-"));
  const server = createServer((socket) => socket.end("hello"));
  try {
    const network = await createLoopbackNetwork({ stateDir, podCIDR: "127.77.1.0/24" });
    const { ips } = await network.setUp("a", "", []);
    const containerPort = await freePort();
    server.listen(containerPort, ips[0]);
    await once(server, "listening");
    const other = await network.setUp("b", "", []);
    assert.notEqual(other.ips[0], ips[0]);
    await network.tearDown("a");

    const hostPort = await freePort();
    const mapping = { hostPort, containerPort, protocol: "TCP", hostIP: "127.0.0.1" } as const;
    await assert.rejects(network.setUp("c", "", [{ ...mapping, protocol: "UDP" }]), /needs root/);
    const mapped = await network.setUp("c", "", [mapping]);
    const forwarded = createServer((socket) => socket.end("hello")).listen(containerPort, mapped.ips[0]);
    await once(forwarded, "listening");
    assert.equal(await text(connect(hostPort, "127.0.0.1")), "hello");
    forwarded.close();
    await network.retain(new Set(["b"]));

    const again = await createLoopbackNetwork({ stateDir, podCIDR: "127.77.1.0/24" });
    assert.deepEqual(await again.setUp("b", "", []), other);
    await again.remove();
  } finally {
    server.close();
    rmSync(stateDir, { recursive: true });
  }
});
