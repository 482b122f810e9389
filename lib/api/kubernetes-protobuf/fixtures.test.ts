import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { messageNamed } from "../message-of-kind.ts";
import { decodeKubernetesObject } from "./decode.ts";
import { encodeKubernetesObject } from "./encode.ts";

/** One fully populated object per kind, as JSON and as Kubernetes encodes it; they are no part of this repository. */
const fixtures = process.env["API_FIXTURES"] ?? join(import.meta.dirname, "../../../../shared/fixtures/v1.34");

const missing = existsSync(fixtures) ? false : `no fixtures at ${fixtures}`;
test("every fixture is read as its JSON, and written as Kubernetes does, byte by byte", {
  skip: missing,
}, async (t) => {
  for (const file of readdirSync(fixtures).filter((name) => name.endsWith(".pb"))) {
    const [group = "", version = "", kind = ""] = file.split(".");
    const message = messageNamed(group, version, kind);
    await t.test(file, () => {
      assert.ok(message, "no such message in the contracts");
      const bytes = readFileSync(join(fixtures, file));
      const json: object = JSON.parse(readFileSync(join(fixtures, file.replace(/pb$/, "json")), "utf8"));
      assert.deepEqual(decodeKubernetesObject(bytes, message).object, json);
      assert.equal(Buffer.from(encodeKubernetesObject(message, json)).toString("hex"), bytes.toString("hex"));
    });
  }
});
