import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { TLSSocket } from "node:tls";
import { systemClock } from "../../lib/base/clock.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import { openPki } from "../apiserver/service.ts";
import { firstKubeletPort, KubeletPort } from "./kubelet-port.ts";

const address = "127.83.7.1";

test("kubelets of one process answer at ports of their own, and know who has a certificate", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "kubelet-port-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const pki = await openPki(directory, systemClock);
  const open = async (nodeName: string) => {
    const own = { nodeName, address, usualPort: firstKubeletPort({ slot: 0 }) };
    const port = await KubeletPort.open({ ...own, pki, clock: systemClock, logger: silentLogger });
    t.after(() => port.close());
    return port;
  };
  const [first, second] = [await open("node-1"), await open("node-2")];
  assert.notEqual(first.port, second.port);
  const client = await pki.clientCertificate({ commonName: "somebody" });
  const ask = async ({ port }: KubeletPort, identity = {}) => {
    const response = await new Promise<Parameters<Parameters<typeof get>[2] & object>[0]>((resolve, reject) => {
      get({ host: address, port, path: "/who", ca: pki.caCertificate, agent: false, ...identity }, resolve).on(
        "error",
        reject,
      );
    });
    return [response.statusCode, await text(response)];
  };
  assert.deepEqual(await ask(first), [503, ""]);
  second.serve(({ url, socket }, response) => {
    const who = socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subject.CN : "nobody";
    response.end(`${url} ${who}`);
  });
  assert.deepEqual(await ask(second, client), [200, "/who somebody"]);
  assert.deepEqual(await ask(second), [200, "/who nobody"]);
});
