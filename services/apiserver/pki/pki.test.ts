import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TLSSocket } from "node:tls";
import { systemClock } from "../../../lib/base/clock.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { openPki } from "./pki.ts";

function inDirectory(run: (directory: string) => Promise<void> | void) {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), "typernetes-pki-"));
    try {
      await run(directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
}

test(
  "server and client know each other by certificates of the authority",
  inDirectory(async (directory) => {
    const pki = openPki(directory, systemClock);
    const serving = pki.servingCertificate("apiserver", [
      "localhost",
      "127.0.0.1",
      "::1",
      "fe80::1:2",
      "kubernetes.default",
    ]);
    const client = pki.clientCertificate({
      commonName: "system:node:worker-1",
      organizations: ["system:nodes", "other"],
    });
    const tls = { ...serving, ca: pki.caCertificate, requestCert: true, rejectUnauthorized: true };
    const server = createServer(tls, ({ socket }, answer) => {
      const { subject } = (socket as TLSSocket).getPeerCertificate();
      answer.end(JSON.stringify(subject));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const call = request({ host: "127.0.0.1", port, ...client, ca: pki.caCertificate, agent: false });
    call.end();
    const [response] = await once(call, "response");
    const body = JSON.parse(Buffer.concat(await response.toArray()).toString());
    server.close();
    assert.deepEqual(body, { O: ["system:nodes", "other"], CN: "system:node:worker-1" });
    const certificate = new X509Certificate(serving.cert);
    for (const address of ["127.0.0.1", "::1", "fe80::1:2"]) assert.ok(certificate.checkIP(address), address);
    assert.ok(certificate.checkHost("kubernetes.default"));
  }),
);

test(
  "keys are private and everything is found again",
  inDirectory((directory) => {
    const subject = { commonName: "kubernetes-admin", organizations: ["system:masters"] };
    const first = openPki(directory, systemClock);
    const admin = first.clientCertificate(subject);
    const serving = first.servingCertificate("apiserver", ["localhost"]);
    const second = openPki(directory, systemClock);
    assert.equal(second.caCertificate, first.caCertificate);
    assert.deepEqual(second.clientCertificate(subject), admin);
    assert.deepEqual(second.servingCertificate("apiserver", ["localhost"]), serving);
    assert.notDeepEqual(second.servingCertificate("apiserver", ["localhost", "10.0.0.1"]), serving);
    for (const name of ["ca.key", "kubernetes-admin.key"])
      assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
  }),
);

test(
  "a certificate is renewed before it ends",
  inDirectory(async (directory) => {
    const clock = new SimulatedClock(Date.now());
    const pki = openPki(directory, clock);
    const first = pki.servingCertificate("apiserver", ["localhost"]);
    await clock.advance(200 * 24 * 3600 * 1000);
    assert.deepEqual(pki.servingCertificate("apiserver", ["localhost"]), first);
    await clock.advance(100 * 24 * 3600 * 1000);
    assert.notDeepEqual(pki.servingCertificate("apiserver", ["localhost"]), first);
  }),
);
