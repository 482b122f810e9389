import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { KubeletServiceDefinition } from "../../gen/typernetes/kubelet/v1/kubelet.ts";
import { SimulatedClock } from "../../lib/base/simulated-clock.ts";
import { Router } from "../../lib/grpc/router.ts";
import { startGrpcServer } from "../../lib/grpc/server.ts";
import type { Transport } from "../../lib/grpc/transport.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import { KubeletConnections } from "./kubelet-connections.ts";
import { openPki } from "./pki/pki.ts";

const dayMs = 24 * 3600 * 1000;

test("a kubelet is reached with the renewed certificate, while what streams on the old one goes on", async () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-kubelets-"));
  const clock = new SimulatedClock(Date.now());
  const pki = await openPki(directory, clock);
  const { caCertificate: ca } = pki;
  const serials: string[] = [];
  let endLog = () => {};
  const logEnds = new Promise<void>((resolve) => {
    endLog = resolve;
  });
  const router = new Router().add(KubeletServiceDefinition, {
    async *log() {
      yield { chunk: Buffer.from("first") };
      await logEnds;
      yield { chunk: Buffer.from("last") };
    },
  });
  const server = await startGrpcServer({
    router,
    host: "127.0.0.1",
    port: 0,
    tls: { ca, ...(await pki.servingCertificate("kubelet", ["127.0.0.1"])) },
    authenticate: (certificate) => {
      serials.push(certificate?.serialNumber ?? "");
      return { user: "kube-apiserver-kubelet-client", groups: [] };
    },
    logger: silentLogger,
  });
  const connections = new KubeletConnections(pki, clock);
  const node = {
    status: {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: server.port } },
    },
  };
  try {
    const old = await connections.transportTo(node);
    const stream = logOf(old);
    assert.equal((await stream.next()).value, "first");
    assert.equal(await connections.transportTo(node), old);
    await clock.advance(300 * dayMs);
    const renewed = await connections.transportTo(node);
    assert.notEqual(renewed, old);
    assert.equal((await logOf(renewed).next()).value, "first");
    assert.equal(new Set(serials).size, 2);
    endLog();
    assert.equal((await stream.next()).value, "last");
  } finally {
    endLog();
    await connections.close();
    await server.close();
    rmSync(directory, { recursive: true });
  }
});

async function* logOf(kubelet: Transport): AsyncGenerator<string> {
  const { log } = KubeletServiceDefinition.methods;
  for await (const { chunk } of kubelet.serverStream(KubeletServiceDefinition, log, { name: "pod" })) {
    yield Buffer.from(chunk ?? []).toString();
  }
}
