import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
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
    const pki = await openPki(directory, systemClock);
    const serving = await pki.servingCertificate("apiserver", [
      "localhost",
      "127.0.0.1",
      "::1",
      "fe80::1:2",
      "kubernetes.default",
    ]);
    const client = await pki.clientCertificate({
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
  inDirectory(async (directory) => {
    const subject = { commonName: "kubernetes-admin", organizations: ["system:masters"] };
    const first = await openPki(directory, systemClock);
    const admin = await first.clientCertificate(subject);
    const serving = await first.servingCertificate("apiserver", ["localhost"]);
    const second = await openPki(directory, systemClock);
    assert.equal(second.caCertificate, first.caCertificate);
    assert.deepEqual(await second.clientCertificate(subject), admin);
    assert.deepEqual(await second.servingCertificate("apiserver", ["localhost"]), serving);
    assert.notDeepEqual(await second.servingCertificate("apiserver", ["localhost", "10.0.0.1"]), serving);
    for (const name of ["ca.key", "kubernetes-admin.key"])
      assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
  }),
);

test(
  "a certificate is renewed before it ends",
  inDirectory(async (directory) => {
    const clock = new SimulatedClock(Date.now());
    const pki = await openPki(directory, clock);
    const first = await pki.servingCertificate("apiserver", ["localhost"]);
    await clock.advance(200 * 24 * 3600 * 1000);
    assert.deepEqual(await pki.servingCertificate("apiserver", ["localhost"]), first);
    await clock.advance(100 * 24 * 3600 * 1000);
    assert.notDeepEqual(await pki.servingCertificate("apiserver", ["localhost"]), first);
  }),
);

const openAndTell = `
  import { openPki } from ${JSON.stringify(join(import.meta.dirname, "pki.ts"))};
  import { systemClock } from ${JSON.stringify(join(import.meta.dirname, "../../../lib/base/clock.ts"))};
  process.stdout.write("loaded ");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  const pki = await openPki(process.argv[1], systemClock);
  const pair = await pki.servingCertificate("apiserver", ["localhost"]);
  process.stdout.write(JSON.stringify({ ca: pki.caCertificate, ...pair }));
  process.stdin.destroy();
`;

test(
  "processes that open an empty directory at the same time share one authority and one key",
  inDirectory(async (directory) => {
    const args = ["--import", "tsx", "--input-type=module", "--eval", openAndTell, directory];
    const processes = Array.from({ length: 3 }, () => spawn(process.execPath, args, { timeout: 120_000 }));
    const answers = processes.map((process) => process.stdout.toArray());
    await Promise.all(processes.map((process) => once(process.stdout, "readable")));
    for (const process of processes) process.stdin.write("go");
    const told = (await Promise.all(answers)).map((chunks) => JSON.parse(chunks.join("").slice("loaded ".length)));
    const [first] = told;
    for (const { ca, cert, key } of told) {
      assert.equal(ca, first.ca);
      assert.equal(key, first.key);
      assert.ok(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)));
      assert.ok(new X509Certificate(cert).verify(new X509Certificate(ca).publicKey));
    }
    assert.deepEqual(readdirSync(directory).sort(), ["apiserver.crt", "apiserver.key", "ca.crt", "ca.key"]);
  }),
);

test(
  "an authority that was interrupted while it was made is completed; one without its key is refused",
  inDirectory(async (directory) => {
    const { caCertificate } = await openPki(directory, systemClock);
    rmSync(join(directory, "ca.crt"));
    const again = await openPki(directory, systemClock);
    assert.ok(new X509Certificate(again.caCertificate).publicKey.equals(new X509Certificate(caCertificate).publicKey));
    rmSync(join(directory, "ca.key"));
    await assert.rejects(openPki(directory, systemClock), /ca\.key is missing/);
  }),
);

test(
  "an RSA authority with a name of its own can be brought along",
  inDirectory(async (directory) => {
    const subject = ["-subj", "/O=Example/CN=Root 1"];
    const files = ["-keyout", join(directory, "ca.key"), "-out", join(directory, "ca.crt")];
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "900", ...subject, ...files], {
      stdio: "ignore",
    });
    const pki = await openPki(directory, systemClock);
    const { cert } = await pki.clientCertificate({ commonName: "someone" });
    const authority = new X509Certificate(pki.caCertificate);
    assert.ok(new X509Certificate(cert).checkIssued(authority));
    assert.ok(new X509Certificate(cert).verify(authority.publicKey));
    assert.deepEqual(await pki.clientCertificate({ commonName: "someone" }), { cert, key: readKey("someone") });

    function readKey(name: string) {
      return readFileSync(join(directory, `${name}.key`), "utf8");
    }
  }),
);
