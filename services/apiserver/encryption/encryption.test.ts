import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { openEmbeddedStore } from "../../../lib/storage/embedded/embedded-store.ts";
import type { Store } from "../../../lib/storage/store.ts";
import { startTestApiserver } from "../test-harness.ts";
import { EncryptingStore } from "./encrypting-store.ts";
import { EncryptionRules } from "./encryption-configuration.ts";

const directory = mkdtempSync(join(tmpdir(), "typernetes-encryption-"));
const key = "/registry/core/secrets/default/s";
let raw: Store;

before(async () => {
  raw = await openEmbeddedStore({ directory });
});
after(async () => {
  await raw.close();
  rmSync(directory, { recursive: true, force: true });
});

const one = { name: "one", secret: randomBytes(32).toString("base64") };
const two = { name: "two", secret: randomBytes(16).toString("base64") };

function rules(...providers: object[]): EncryptionRules {
  const kind = { apiVersion: "apiserver.config.k8s.io/v1", kind: "EncryptionConfiguration" };
  return new EncryptionRules({ ...kind, resources: [{ resources: ["secrets"], providers }] });
}

async function stored(): Promise<string> {
  return Buffer.from((await raw.get(key))?.value ?? []).toString("latin1");
}

test("secrets are kept encrypted and seen as they are; other kinds are kept as they are", async () => {
  const encryption = rules({ aesgcm: { keys: [one] } }, { identity: {} });
  const server = await startTestApiserver({ store: raw, encryption });
  const { secrets, configmaps } = server.client().core.v1;
  const metadata = { name: "s", namespace: "default" };
  const made = await secrets.create({ metadata, data: { password: "aGlkZGVu" } });
  assert.match(await stored(), /^k8s:enc:aesgcm:v1:one:/);
  assert.ok(!(await stored()).includes("aGlkZGVu"));
  await secrets.update({ ...made, data: { password: "bmV3" } });
  assert.deepEqual((await secrets.get("s", { namespace: "default" })).data, { password: "bmV3" });
  await configmaps.create({ metadata, data: { a: "readable" } });
  const map = await raw.get("/registry/core/configmaps/default/s");
  assert.ok(Buffer.from(map?.value ?? []).includes("readable"));
  await server.close();
});

test("with another key first, what is there is read and written anew", async () => {
  const encryption = rules({ aesgcm: { keys: [two, one] } });
  const server = await startTestApiserver({ store: raw, encryption });
  await eventually(async () => (await stored()).startsWith("k8s:enc:aesgcm:v1:two:"));
  const { data } = await server.client().core.v1.secrets.get("s", { namespace: "default" });
  assert.deepEqual(data, { password: "bmV3" });
  await server.close();
});

test("without its key, or under another name, a value is not read", async () => {
  await assert.rejects(new EncryptingStore(raw, rules({ aesgcm: { keys: [one] } })).get(key), { code: "Damaged" });
  const store = new EncryptingStore(raw, rules({ aesgcm: { keys: [two] } }));
  const value = (await raw.get(key))?.value ?? new Uint8Array();
  await raw.create("/registry/core/secrets/default/copy", value);
  await assert.rejects(store.get("/registry/core/secrets/default/copy"), { code: "Damaged" });
  const [entry] = (await store.range(key)).entries;
  assert.ok(Buffer.from(entry?.value ?? []).includes("bmV3"));
});

test("kinds are named by resource and group", () => {
  const kind = { apiVersion: "apiserver.config.k8s.io/v1", kind: "EncryptionConfiguration" };
  const providers = [{ aesgcm: { keys: [one] } }];
  const matching = (pattern: string, path: string) =>
    new EncryptionRules({ ...kind, resources: [{ resources: [pattern], providers }] }).for(`/registry/${path}`) !==
    undefined;
  assert.ok(matching("secrets", "core/secrets/a/b"));
  assert.ok(!matching("secrets", "apps/secrets/a/b"));
  assert.ok(matching("pandas.example.com", "example.com/pandas/a"));
  assert.ok(matching("*.apps", "apps/deployments/a/b"));
  assert.ok(matching("*.", "core/pods/a/b"));
  assert.ok(matching("*.*", "apps/deployments/a/b"));
  assert.throws(() => rules({ kms: {} }), /no such encryption here: kms/);
});
