import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeTestCertificates } from "../../lib/storage/etcd/test-certificates.ts";
import { startTestEtcd } from "../../lib/storage/etcd/test-server.ts";
import { openStore } from "./open-store.ts";

const hasEtcd = existsSync("/usr/bin/etcd") || process.env["CI"] !== undefined;

test("an etcd that asks for certificates is reached with files", {
  skip: hasEtcd ? false : "no etcd is installed",
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-open-store-"));
  const { ca, cert, key } = await makeTestCertificates();
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const files = { caFile: file("ca.crt", ca), certFile: file("tls.crt", cert), keyFile: file("tls.key", key) };
  const etcd = await startTestEtcd({ tls: { ca: files.caFile, cert: files.certFile, key: files.keyFile } });
  try {
    const store = await openStore(etcd.endpoint, directory, files);
    assert.ok(await store.create("/registry/x", Buffer.from("y")));
    await store.close();
  } finally {
    await etcd.stop();
    rmSync(directory, { recursive: true });
  }
});

test("what cannot be meant is refused", async () => {
  await assert.rejects(openStore("postgres://there", "/nowhere"), /--store is "embedded" or the address of an etcd/);
  await assert.rejects(openStore("https://there", "/nowhere", { certFile: "x" }), /belong together/);
});
