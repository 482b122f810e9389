import fc from "fast-check";
import { type CompiledField, compiledMessage } from "./compiled-schema.ts";

const nestingMax = 7;

/** Random JSON of a message, for tests: any of its fields, null and zero among their values. */
export function arbitraryMessage(name: string, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const fields = [...compiledMessage(name).fields.values()].filter((field) => depth < nestingMax || !field.message);
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of fields) model[field.name] = fc.option(arbitraryField(field, depth), { freq: 12 });
  const names = Object.keys(model);
  const few = fc.subarray(names, {
    minLength: Math.min(names.length, depth < 3 ? 2 : 0),
    maxLength: Math.min(names.length, depth < 3 ? 8 : 4),
  });
  return few.chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, model[key] ?? fc.constant(null)]))));
}

function arbitraryField(field: CompiledField, depth: number): fc.Arbitrary<unknown> {
  // Deep messages are made only when they are asked for.
  const item = field.message
    ? fc.constant(null).chain(() => arbitraryMessage(field.message?.name ?? "", depth + 1))
    : arbitraryScalar(field);
  if (field.repeated) return fc.array(item, { maxLength: 3 });
  if (field.map)
    return fc.dictionary(fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom("__proto__", "constructor", "")), item, {
      maxKeys: 3,
      noNullPrototype: true,
    });
  return item;
}

const texts = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("", "ä€😀", "__proto__"));
const int32 = fc.oneof(fc.constant(0), fc.integer());
const times = fc
  .date({ min: new Date("0001-01-02T00:00:00Z"), max: new Date("9999-12-30T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString());

function arbitraryScalar(field: CompiledField): fc.Arbitrary<unknown> {
  switch (field.type) {
    case "int32":
      return int32;
    case "uint32":
      return fc.nat();
    case "int64":
      return fc.oneof(fc.constant(0), fc.maxSafeInteger());
    case "double":
      return fc.double({ noDefaultInfinity: true, noNaN: true }).map((number) => number + 0);
    case "bool":
      return fc.boolean();
    case "quantity":
      return fc.constantFrom("0", "1", "500m", "1.5Gi", "1e3", 3, 0.25, "100n", "12Ei");
    case "time":
    case "microTime":
      return times;
    case "duration":
      return fc.constantFrom("0s", "1m", "1h2m3.5s");
    case "bytes":
      return fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString("base64"));
    case "json":
      return fc.jsonValue({ maxDepth: 2 }).map((value): unknown => JSON.parse(JSON.stringify(value)));
    case "intOrString":
      return fc.oneof(int32, texts);
    case "stringList":
      return fc.array(texts, { maxLength: 3 });
    default:
      return texts;
  }
}
