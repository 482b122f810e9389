import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { messages, resources } from "../../gen/schema.ts";
import { arbitraryMessage } from "./arbitrary-message.ts";
import { decode } from "./decode.ts";
import { normalise } from "./normalise.ts";

/** One fully populated object per kind, as JSON; they are no part of this repository. */
const fixtures = process.env["API_FIXTURES"] ?? join(import.meta.dirname, "../../../shared/fixtures/v1.34");
const generated = join(import.meta.dirname, "../../gen/typernetes");

interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
}

/** The generated codecs of all messages, by the messages' names. */
const codecs = new Map<string, Codec>();
for (const file of readdirSync(generated, { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".ts")) continue;
  const [group, version] = file.split("/");
  const module: Record<string, unknown> = await import(pathToFileURL(join(generated, file)).href);
  for (const [name, value] of Object.entries(module))
    if (isCodec(value)) codecs.set(`${group}.${version}.${name}`, value);
}

function isCodec(value: unknown): value is Codec {
  return typeof value === "object" && value !== null && "encode" in value && "decode" in value;
}

function codecOf(message: string): Codec {
  const codec = codecs.get(message);
  assert.ok(codec, `no codec of ${message}`);
  return codec;
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** JSON → object → protobuf → object → JSON. */
function throughTheWire(message: string, json: unknown): unknown {
  const codec = codecOf(message);
  const back = codec.decode(codec.encode(decode(message, json).object).finish());
  normalise(message, back);
  return plain(back);
}

/** Options are of the core group in the fixtures' names, and of `meta` in the contracts. */
function messageOfFixture(file: string): string | undefined {
  const [group, version, kind] = file.split(".");
  return [`${group}.${version}.${kind}`, `meta.${version}.${kind}`].find((name) => Object.hasOwn(messages, name));
}

const missing = existsSync(fixtures) ? false : `no fixtures at ${fixtures}`;
test("every fixture of the API survives unchanged", { skip: missing }, async (t) => {
  for (const file of readdirSync(fixtures).filter((name) => name.endsWith(".json"))) {
    const message = messageOfFixture(file);
    await t.test(file, () => {
      assert.ok(message, "no such message in the contracts");
      const json: unknown = JSON.parse(readFileSync(join(fixtures, file), "utf8"));
      assert.deepEqual(throughTheWire(message, json), json);
    });
  }
});

for (const { message } of resources) {
  test(`any ${message} survives JSON and the wire`, () => {
    fc.assert(
      fc.property(arbitraryMessage(message), (json) => {
        const { object } = decode(message, json);
        const canonical = plain(object);
        assert.deepEqual(plain(decode(message, canonical).object), canonical, "decoding again changes nothing");
        assert.deepEqual(throughTheWire(message, json), canonical, "the wire changes nothing");
        const loose = structuredClone(json);
        normalise(message, loose);
        assert.deepEqual(plain(decode(message, loose).object), canonical, "normalising before changes nothing");
      }),
      { numRuns: 50 },
    );
  });
}
