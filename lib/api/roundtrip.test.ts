import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { messages, resources } from "../../gen/schema.ts";
import { arbitraryMessage } from "./arbitrary-message.ts";
import { decode } from "./decode.ts";
import { messageNamed } from "./message-of-kind.ts";
import { normalise } from "./normalise.ts";
import { roundTrip } from "./testing/round-trip.ts";

/** One fully populated object per kind, as JSON; they are no part of this repository. */
const fixtures = process.env["API_FIXTURES"] ?? join(import.meta.dirname, "../../../shared/fixtures/v1.34");

const missing = existsSync(fixtures) ? false : `no fixtures at ${fixtures}`;
test("every fixture of the API survives unchanged", { skip: missing }, async (t) => {
  for (const file of readdirSync(fixtures).filter((name) => name.endsWith(".json"))) {
    const [group = "", version = "", kind = ""] = file.split(".");
    const message = messageNamed(group, version, kind);
    await t.test(file, () => {
      assert.ok(message, "no such message in the contracts");
      const json: unknown = JSON.parse(readFileSync(join(fixtures, file), "utf8"));
      assert.deepEqual(roundTrip(message, json), json);
    });
  }
});

/** Everything that is an object by itself: kinds, their lists, options, reviews, Status, Table, WatchEvent, … */
const kinds = Object.values(messages).filter(
  ({ name, fields }) =>
    fields.some((field) => field.name === "kind" && field.number === 1002) || name === "meta.v1.WatchEvent",
);
const served = new Set(resources.map(({ message }) => message));

for (const { name: message } of kinds) {
  test(`any ${message} survives JSON and the wire`, () => {
    fc.assert(
      fc.property(arbitraryMessage(message), (json) => {
        const { object } = decode(message, json);
        const canonical = plain(object);
        assert.deepEqual(plain(decode(message, canonical).object), canonical, "decoding again changes nothing");
        assert.deepEqual(roundTrip(message, json), canonical, "the wire changes nothing");
        const loose = structuredClone(json);
        normalise(message, loose);
        assert.deepEqual(plain(decode(message, loose).object), canonical, "normalising before changes nothing");
      }),
      { numRuns: served.has(message) ? 50 : 15 },
    );
  });
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
