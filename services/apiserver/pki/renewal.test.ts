import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import { connect } from "../../../lib/grpc/connect.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { openEmbeddedStore } from "../../../lib/storage/embedded/embedded-store.ts";
import { componentSubjects, startApiserver } from "../service.ts";

const dayMs = 24 * 3600 * 1000;

function servedSerial(port: number | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      { host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["h2", "http/1.1"] },
      () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

/** Resolves when a port serves with another certificate than this one. */
function servesAnother(port: number | undefined, serial: string | undefined): Promise<boolean> {
  return eventually(async () => (await servedSerial(port)) !== serial);
}

test("the serving certificate is renewed while watches go on", async () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-renewal-"));
  const clock = new SimulatedClock(Date.now());
  const store = await openEmbeddedStore({ directory: join(directory, "store") });
  const listen = { pkiDirectory: join(directory, "pki"), host: "127.0.0.1", grpcPort: 0, httpsPort: 0 };
  const apiserver = await startApiserver({ store, logger: silentLogger, clock }, { listen });
  const { pki } = apiserver;
  const tls = { ca: pki?.caCertificate ?? "", ...(await pki?.clientCertificate(componentSubjects.admin)) };
  const transport = connect({ address: `127.0.0.1:${apiserver.grpcPort}`, tls });
  try {
    const { configmaps } = createClient(transport).core.v1;
    const { metadata } = await configmaps.list();
    // The cluster furnishes itself at the same time: only this one is looked for.
    const fieldSelector = "metadata.name=still-here";
    const options = { fieldSelector, resourceVersion: metadata?.resourceVersion };
    const watch = configmaps.watch(options)[Symbol.asyncIterator]();
    const event = watch.next();
    event.catch(() => {});
    const ports = [apiserver.grpcPort, apiserver.httpsPort];
    const before = await Promise.all(ports.map(servedSerial));
    // In the last third of its year; a jump, so that the clock need not fire three million alarms.
    const jump = 260 * dayMs;
    const now = clock.now.bind(clock);
    clock.now = () => now() + jump;
    await clock.advance(11_000);
    for (const [index, port] of ports.entries()) await servesAnother(port, before[index]);
    await configmaps.create({ metadata: { name: "still-here", namespace: "default" } });
    assert.equal((await event).value?.[0]?.object.metadata?.name, "still-here");
    await watch.return?.();
  } finally {
    await transport.close();
    await apiserver.close();
    await store.close();
    rmSync(directory, { recursive: true });
  }
});
