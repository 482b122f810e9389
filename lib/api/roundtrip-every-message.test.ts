import assert from "node:assert/strict";
import { test } from "node:test";
import { messages } from "../../gen/schema.ts";
import { type CompiledField, compiledMessage } from "./compiled-schema.ts";
import { decode } from "./decode.ts";
import { emptyValue, fullMessage } from "./testing/message-samples.ts";
import { messageCodec, roundTrip } from "./testing/round-trip.ts";

/** Messages whose values JSON can hold: all but those that stream bytes. */
const names = Object.keys(messages).filter((name) => !holdsBytes(name, new Set()));

function holdsBytes(name: string, seen: Set<string>): boolean {
  if (seen.has(name)) return false;
  seen.add(name);
  return [...compiledMessage(name).fields.values()].some(
    (field) => field.type === "rawBytes" || (field.message !== undefined && holdsBytes(field.message.name, seen)),
  );
}

test("nearly all messages are tried", () => assert.ok(names.length > 850, `only ${names.length}`));

test("a message with a value in every field comes back as it was", () => {
  for (const name of names) {
    const json = fullMessage(name);
    assert.deepEqual(roundTrip(name, json), JSON.parse(JSON.stringify(json)), name);
  }
});

test("a message with nothing in it comes back with what is always written, and no more", () => {
  for (const name of names) {
    const back = roundTrip(name, {});
    assert.deepEqual(Object.keys(back as object).sort(), alwaysWritten(name).sort(), name);
    assert.deepEqual(roundTrip(name, back), back, name);
  }
});

function alwaysWritten(name: string): string[] {
  return (messages[name]?.fields ?? [])
    .filter((field) => !field.omitEmpty && !field.pointer)
    .filter((field) => field.repeated || field.map || !["time", "microTime", "json"].includes(field.type))
    .map((field) => field.name);
}

test("empty and absent differ where they do in Kubernetes, in every field", () => {
  for (const name of names) {
    for (const field of compiledMessage(name).fields.values()) {
      const value = emptyValue(field);
      const back = roundTrip(name, { [field.name]: value });
      const found = (back as Record<string, unknown>)[field.name];
      const place = `${name}.${field.name}`;
      if (leftOutWhenEmpty(field)) assert.equal(found, undefined, place);
      else assert.deepEqual(found, withAlwaysWritten(field, value), place);
    }
  }
});

/** What Go's `omitempty` leaves out: structs, times, quantities and what is behind a pointer stay. */
function leftOutWhenEmpty({ schema }: CompiledField): boolean {
  if (!schema.omitEmpty || schema.pointer) return false;
  if (schema.repeated || schema.map) return true;
  return !["message", "time", "microTime", "json", "quantity", "intOrString"].includes(schema.type);
}

function withAlwaysWritten(field: CompiledField, value: unknown): unknown {
  return field.message && !field.repeated && !field.map ? roundTrip(field.message.name, value) : value;
}

test("lists and maps of empty structs keep their elements and their keys", () => {
  for (const name of names) {
    for (const field of compiledMessage(name).fields.values()) {
      if (!field.message || (!field.repeated && !field.map)) continue;
      const empty = roundTrip(field.message.name, {});
      const value: unknown = field.repeated ? [{}, {}] : JSON.parse('{"a": {}, "__proto__": {}}');
      const expected = field.repeated ? [empty, empty] : Object.fromEntries([["a", empty]]);
      if (field.map) Object.defineProperty(expected, "__proto__", { value: empty, enumerable: true });
      const back = roundTrip(name, { [field.name]: value }) as Record<string, unknown>;
      assert.equal(JSON.stringify(back[field.name]), JSON.stringify(expected), `${name}.${field.name}`);
    }
  }
});

test("null is absent, in every field", () => {
  for (const name of names) {
    const nothing = roundTrip(name, {});
    const json = Object.fromEntries([...compiledMessage(name).fields.keys()].map((field) => [field, null]));
    assert.deepEqual(roundTrip(name, json), nothing, name);
  }
});

test("what the wire brings needs no more than empty lists to be what was sent", () => {
  for (const name of names) {
    const { object } = decode(name, fullMessage(name));
    const codec = messageCodec(name);
    const back = codec.decode(codec.encode(object).finish());
    assert.equal(codec.encode(back).finish().toString(), codec.encode(object).finish().toString(), name);
  }
});
