import { gzipSync } from "node:zlib";
import { resourceTypes } from "../../../gen/resources.ts";
import { DynamicServiceDefinition } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import type { Dice } from "./dice.ts";
import { manifest, patchTypes } from "./odd-body.ts";
import { bendBytes } from "./odd-bytes.ts";
import { customKinds } from "./odd-definition.ts";
import type { FuzzedKind } from "./odd-request.ts";
import { anyJson, bend, deepJson, names, word } from "./odd-text.ts";

/** A call that no well-behaved client would think of, mostly. */
export interface OddCall {
  path: string;
  headers: Record<string, string>;
  bytes: Buffer;
  breaksOff: boolean;
  /** Its answer may have nothing to say for long. */
  isStream: boolean;
}

interface Method {
  name: string;
  responseStream: boolean;
  requestType: { encode(message: object): { finish(): Uint8Array } };
}

interface Service {
  fullName: string;
  methods: Readonly<Record<string, Method>>;
}

/** A method that the server has, and the kind that it is about. */
interface FuzzedMethod {
  service: string;
  method: Method;
  plural: string;
}

const methods = [...fuzzedMethods()];

function* fuzzedMethods(): Generator<FuzzedMethod> {
  for (const versions of Object.values(resourceTypes)) {
    for (const kinds of Object.values(versions)) {
      for (const [plural, { service }] of Object.entries<{ service: Service }>(kinds))
        yield* methodsOf(service, plural);
    }
  }
  yield* methodsOf(DynamicServiceDefinition, "");
}

function* methodsOf({ fullName, methods }: Service, plural: string): Generator<FuzzedMethod> {
  for (const method of Object.values(methods)) yield { service: fullName, method, plural };
}

const otherPaths = [
  "/grpc.health.v1.Health/Check",
  "/grpc.health.v1.Health/Watch",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "/typernetes.core.v1.PodService/__proto__",
  "/typernetes.core.v1.PodService",
  "/typernetes.kubelet.v1.KubeletService/Exec",
  "/none/None",
  "/",
  "//",
  "/constructor/toString",
] as const;

/** Those whose objects, once taken, make every later request fail; they are read and deleted only. */
const contagious = /webhook|policybinding|apiservice|flowschema|prioritylevel|namespace|serviceaccount/i;

function request(dice: Dice, { plural }: FuzzedMethod, kinds: readonly [FuzzedKind, ...FuzzedKind[]]): object {
  const known = kinds.find((kind) => kind.plural === plural) ?? dice.pick(dice.chance(0.5) ? customKinds : kinds);
  const namespace = known.namespaced ? dice.pick(["fuzz-a", "default", ""]) : "";
  const text = manifest(dice, known);
  const object = parsed(dice.chance(0.4) ? bend(dice, text) : text);
  const name = dice.chance(0.8) ? dice.pick(names) : word(dice);
  const options = {
    ...(dice.chance(0.2) && { dryRun: ["All"] }),
    fieldManager: dice.chance(0.2) ? word(dice) : "fuzz",
  };
  const { group, version } = known;
  return {
    type: { group, version, resource: known.plural, kind: known.kind },
    namespace,
    name,
    object: isRecord(object) ? { ...object, metadata: { name, namespace, ...metadataOf(object) } } : {},
    options: dice.chance(0.5) ? options : undefined,
    patch: Buffer.from(dice.chance(0.05) ? deepJson(dice) : dice.chance(0.5) ? text : anyJson(dice)),
    patchType: dice.pick(patchTypes),
    ...(dice.chance(0.1) && { subresource: dice.pick(["status", "scale", "none", "__proto__"]) }),
  };
}

function metadataOf({ metadata }: Record<string, unknown>): object {
  return isRecord(metadata) ? metadata : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function message(dice: Dice, fuzzed: FuzzedMethod, kinds: readonly [FuzzedKind, ...FuzzedKind[]]): Buffer {
  if (dice.chance(0.15)) return dice.bytes(dice.below(300));
  try {
    const bytes = Buffer.from(fuzzed.method.requestType.encode(request(dice, fuzzed, kinds)).finish());
    return dice.chance(0.4) ? bendBytes(dice, bytes) : bytes;
  } catch {
    // What was bent is of no type that can be written.
    return dice.bytes(20);
  }
}

/** A message as it goes over the wire: a byte for its compression, its length, itself. */
function framed(payload: Buffer, flag = 0, length = payload.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, payload]);
}

const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20));

function framing(dice: Dice, payload: Buffer): { bytes: Buffer; encoding?: string } {
  switch (dice.below(30)) {
    case 0:
      return { bytes: framed(payload, 1) };
    case 1:
      return { bytes: framed(payload, dice.below(256)) };
    case 2:
      return { bytes: framed(payload, 0, dice.pick([0, payload.length + 10, 0xffffffff, 0x7fffffff])) };
    case 3:
      return { bytes: Buffer.concat([framed(payload), framed(payload), framed(payload)]) };
    case 4:
      return { bytes: framed(gzipSync(payload), 1), encoding: "gzip" };
    case 5:
      return { bytes: framed(dice.bytes(50), 1), encoding: "gzip" };
    case 6:
      return dice.chance(0.1) ? { bytes: framed(bomb, 1), encoding: "gzip" } : { bytes: Buffer.alloc(0) };
    case 7:
      return { bytes: payload };
    case 8:
      return { bytes: framed(payload), encoding: dice.pick(["br", "deflate", "identity", "none"]) };
    default:
      return { bytes: framed(payload) };
  }
}

function headersOf(dice: Dice, encoding: string | undefined): Record<string, string> {
  const headers: Record<string, string> = { "content-type": "application/grpc", te: "trailers" };
  if (encoding !== undefined) headers["grpc-encoding"] = encoding;
  if (dice.chance(0.05)) headers["grpc-timeout"] = dice.pick(["1n", "1m", "99999999H", "abc", "-1S", ""]);
  if (dice.chance(0.03)) headers["authorization"] = dice.pick(["Bearer x", "Bearer a.b.c", "Basic eA==", "Bearer"]);
  if (dice.chance(0.01)) headers["content-type"] = dice.pick(["application/json", "application/grpc-web", ""]);
  if (dice.chance(0.02)) headers["x-fuzz"] = "y".repeat(dice.pick([10, 8_000, 50_000]));
  if (dice.chance(0.01)) for (let left = 300; left > 0; left--) headers[`x-fuzz-${left}`] = "y";
  if (dice.chance(0.02)) headers["x-fuzz-bin"] = dice.pick(["%%%", "AA", "____", ""]);
  return headers;
}

/** One call of a run over these kinds. */
export function oddCall(dice: Dice, kinds: readonly [FuzzedKind, ...FuzzedKind[]]): OddCall {
  const fuzzed = methods[dice.below(methods.length)] ?? methods[0];
  if (!fuzzed) throw new Error("there are no methods");
  const { service, method } = fuzzed;
  const isOdd = dice.chance(0.05);
  const path = isOdd ? dice.pick(otherPaths) : `/${service}/${method.name}`;
  const reads = /^(Get|List|Watch)/.test(method.name);
  const payload =
    !isOdd && !reads && (contagious.test(service) || fuzzed.plural === "")
      ? dryRun(dice, fuzzed, kinds)
      : message(dice, fuzzed, kinds);
  const { bytes, encoding } = framing(dice, payload);
  return {
    path,
    headers: headersOf(dice, encoding),
    bytes,
    breaksOff: dice.chance(0.05),
    isStream: isOdd || method.responseStream,
  };
}

/** What is only tried, and not bent: it might be taken otherwise. */
function dryRun(dice: Dice, fuzzed: FuzzedMethod, kinds: readonly [FuzzedKind, ...FuzzedKind[]]): Buffer {
  const options = { dryRun: ["All"] };
  const tried = { ...request(dice, fuzzed, kinds), options, deleteOptions: options };
  try {
    return Buffer.from(fuzzed.method.requestType.encode(tried).finish());
  } catch {
    return Buffer.alloc(0);
  }
}
