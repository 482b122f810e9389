import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { systemClock } from "../../../lib/base/clock.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import type { Client } from "../../../lib/client/client.ts";
import { openPki } from "../pki/pki.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";
import { type Custom, customClient, define, definitionOf } from "./test-definitions.ts";

const group = "stable.example.com";

let directory: string;
let webhook: Server;
let caBundle: string;
let server: TestApiserver;
let client: Client;
/** How many objects came with each review. */
const batches: number[] = [];
let answer: "converted" | "refused" = "converted";

/** `v1` keeps host and port apart, `v2` together. */
function convert(object: Custom, apiVersion: string): Custom {
  const { host, port, address, ...spec } = object["spec"] ?? {};
  if (apiVersion.endsWith("/v2")) return { ...object, apiVersion, spec: { ...spec, address: `${host}:${port}` } };
  const [newHost, newPort] = String(address).split(":");
  return { ...object, apiVersion, spec: { ...spec, host: newHost, port: newPort } };
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "typernetes-conversion-"));
  const pki = await openPki(directory, systemClock);
  const { cert, key } = await pki.servingCertificate("webhook", ["127.0.0.1"]);
  caBundle = Buffer.from(pki.caCertificate).toString("base64");
  webhook = createServer({ cert, key }, async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const review = JSON.parse(Buffer.concat(parts).toString());
    const { uid, desiredAPIVersion, objects } = review.request;
    batches.push(objects.length);
    const isWhole = objects.every((object: Custom) => object.kind === "Place" && object.metadata.name);
    const result =
      answer === "converted" && isWhole ? { status: "Success" } : { status: "Failed", message: "not today" };
    const convertedObjects = objects.map((object: Custom) => convert(object, desiredAPIVersion));
    response.end(JSON.stringify({ ...review, request: undefined, response: { uid, convertedObjects, result } }));
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  server = await startTestApiserver();
  client = server.client();
  await define(client, definition("v1"));
});
after(async () => {
  await server?.close();
  webhook?.closeAllConnections();
  webhook?.close();
  await rm(directory, { recursive: true, force: true });
});

function definition(stored: "v1" | "v2") {
  const text = { type: "string" };
  const schemaOf = (properties: object) => ({
    openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { ...properties } } } },
  });
  const url = `https://127.0.0.1:${(webhook.address() as AddressInfo).port}/convert`;
  return definitionOf(
    "places",
    "Place",
    {},
    {
      spec: {
        versions: [
          { name: "v1", served: true, storage: stored === "v1", schema: schemaOf({ host: text, port: text }) },
          {
            name: "v2",
            served: true,
            storage: stored === "v2",
            schema: schemaOf({ address: { ...text, maxLength: 12 } }),
          },
        ],
        conversion: {
          strategy: "Webhook",
          webhook: { clientConfig: { url, caBundle }, conversionReviewVersions: ["v1"] },
        },
      },
    },
  );
}

const place = (name: string, spec: object) => ({ kind: "Place", metadata: { name }, spec });

test("a webhook makes objects of one version into those of another, lists in one go", async () => {
  const [one, two] = [customClient(client, "places", "v1"), customClient(client, "places", "v2")];
  await one.create(place("a", { host: "h", port: "1" }));
  const made = await two.create(place("b", { address: "g:2" }));
  assert.deepEqual([made.apiVersion, made["spec"]], [`${group}/v2`, { address: "g:2" }]);
  assert.deepEqual((await two.get("a"))["spec"], { address: "h:1" });
  assert.deepEqual((await one.get("b"))["spec"], { host: "g", port: "2" });
  batches.length = 0;
  const { items } = await two.list();
  assert.deepEqual(
    items.map((item) => item["spec"].address),
    ["h:1", "g:2"],
  );
  assert.deepEqual(batches, [2]);
});

test("what is written is checked by the version it is written in", async () => {
  const two = customClient(client, "places", "v2");
  await assert.rejects(two.create(place("c", { address: "a-long-host:80" })), { reason: "Invalid" });
  await two.create(place("c", { address: "short:1" }));
  const changed = await two.merge("c", { spec: { address: "other:2" } });
  assert.deepEqual(changed["spec"], { address: "other:2" });
  assert.equal(changed.metadata.generation, 2);
});

test("a webhook that fails is told of", async () => {
  answer = "refused";
  try {
    await assert.rejects(customClient(client, "places", "v2").get("a"), {
      reason: "InternalError",
      message: `conversion webhook for ${group}/v1, Kind=Place failed: not today`,
    });
  } finally {
    answer = "converted";
  }
});

test("objects stay as they were stored when another version is stored from now on", async () => {
  const current = await client.apiextensions.v1.customresourcedefinitions.get(`places.${group}`);
  await client.apiextensions.v1.customresourcedefinitions.update({ ...current, spec: definition("v2").spec });
  const [one, two] = [customClient(client, "places", "v1"), customClient(client, "places", "v2")];
  await two.create(place("d", { address: "d:4" }));
  assert.deepEqual((await one.get("d"))["spec"], { host: "d", port: "4" });
  assert.deepEqual((await two.get("a"))["spec"], { address: "h:1" });
  await eventually(async () => {
    const { status } = await client.apiextensions.v1.customresourcedefinitions.get(`places.${group}`);
    assert.deepEqual(status?.storedVersions, ["v1", "v2"]);
    return true;
  });
  const rewritten = await one.merge("a", { spec: { port: "7" } });
  assert.deepEqual(rewritten["spec"], { host: "h", port: "7" });
  await two.delete("a");
});
