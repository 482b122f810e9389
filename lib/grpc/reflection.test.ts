import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { PodServiceDefinition } from "../../gen/typernetes/core/v1/pod.ts";
import { inProcessTransport } from "./in-process.ts";
import type { MessageType } from "./method.ts";
import { addReflection } from "./reflection.ts";
import { Router } from "./router.ts";

/** Fields of a message by number, all taken to be length-delimited. */
function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType === 2) fields.set(field, [...(fields.get(field) ?? []), reader.bytes()]);
    else reader.skip(wireType);
  }
  return fields;
}

const raw: MessageType<Uint8Array> = {
  encode: (bytes, writer = new BinaryWriter()) => writer.raw(bytes),
  decode: (input) => (input instanceof Uint8Array ? input : new Uint8Array()),
};

describe("reflection", () => {
  const served = new Router().add(PodServiceDefinition, {});
  const router = new Router();
  addReflection(router, served);

  const ask = async (version: string, field: number, text: string): Promise<Map<number, Uint8Array[]>> => {
    const route = router.find(`/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`);
    assert.ok(route);
    const request = route.method.requestType.decode(
      new BinaryWriter()
        .uint32((field << 3) | 2)
        .string(text)
        .finish(),
    );
    async function* requests() {
      yield request;
    }
    const transport = inProcessTransport(router, { user: "x", groups: [] });
    for await (const answer of transport.duplex(route.service, { ...route.method, responseType: raw }, requests())) {
      return fieldsOf(answer);
    }
    throw new Error("no answer");
  };
  const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

  for (const version of ["v1", "v1alpha"]) {
    test(`lists the services in ${version}`, async () => {
      const [list] = (await ask(version, 7, "*")).get(6) ?? [];
      const names = (fieldsOf(list ?? new Uint8Array()).get(1) ?? []).map((each) => text(fieldsOf(each).get(1)?.[0]));
      assert.ok(names.includes("typernetes.core.v1.PodService"));
      assert.ok(names.includes("grpc.health.v1.Health"));
    });
  }

  test("gives the file of a symbol with all that it imports", async () => {
    const [files] = (await ask("v1", 4, "typernetes.core.v1.PodService")).get(4) ?? [];
    const found = (fieldsOf(files ?? new Uint8Array()).get(1) ?? []).map((each) =>
      fromBinary(FileDescriptorProtoSchema, each),
    );
    const names = new Set(found.map((file) => file.name));
    assert.ok(names.has("typernetes/core/v1/pod.proto"));
    for (const file of found) for (const needed of file.dependency) assert.ok(names.has(needed), needed);
  });

  test("can describe every service that it lists", async () => {
    const [list] = (await ask("v1", 7, "*")).get(6) ?? [];
    for (const each of fieldsOf(list ?? new Uint8Array()).get(1) ?? []) {
      const name = text(fieldsOf(each).get(1)?.[0]);
      assert.ok((await ask("v1", 4, name)).has(4), name);
    }
  });

  test("gives a file by name, and an error for what is not known", async () => {
    assert.ok((await ask("v1", 3, "typernetes/core/v1/config_map.proto")).has(4));
    const [error] = (await ask("v1", 4, "no.such.Thing")).get(7) ?? [];
    assert.match(text(fieldsOf(error ?? new Uint8Array()).get(2)?.[0]), /no.such.Thing/);
  });
});
