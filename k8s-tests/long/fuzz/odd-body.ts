import { gzipSync } from "node:zlib";
import type { Dice } from "./dice.ts";
import { bendBytes } from "./odd-bytes.ts";
import { customContent, definition } from "./odd-definition.ts";
import { oddManagedFields } from "./odd-managed-fields.ts";
import type { FuzzedKind } from "./odd-request.ts";
import { anyJson, bend, deepJson, names } from "./odd-text.ts";

/** What is sent with a request, and what it claims to be. */
export interface OddBody {
  bytes: Buffer;
  headers: Record<string, string>;
}

const container = { name: "main", image: "host", resources: { requests: { cpu: "1m" } } };
const labels = { app: "fuzz" };
const template = { metadata: { labels }, spec: { containers: [container] } };
const selector = { matchLabels: labels };

/** Enough of some kinds for them to be taken; others are sent with a `spec` that may or may not do. */
const specs: Record<string, object> = {
  pods: { spec: template.spec },
  services: { spec: { ports: [{ port: 80 }], selector: labels } },
  deployments: { spec: { replicas: 1, selector, template } },
  replicasets: { spec: { replicas: 1, selector, template } },
  statefulsets: { spec: { replicas: 1, selector, template, serviceName: "a" } },
  daemonsets: { spec: { selector, template } },
  jobs: { spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } },
  configmaps: { data: { a: "1", b: "2" } },
  secrets: { data: { a: "YQ==" } },
  roles: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  leases: { spec: { holderIdentity: "a", leaseDurationSeconds: 1 } },
};

/** What subresources want to be told. */
const parts: Readonly<Record<string, object>> = {
  scale: { apiVersion: "autoscaling/v1", kind: "Scale", spec: { replicas: 2 } },
  binding: { apiVersion: "v1", kind: "Binding", target: { kind: "Node", name: "none" } },
  eviction: { apiVersion: "policy/v1", kind: "Eviction" },
  token: {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { audiences: ["a"], expirationSeconds: 600 },
  },
};

export const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
] as const;
const otherTypes = [
  "application/yaml",
  "application/cbor",
  "text/plain",
  "application/json;charset=utf-16",
  ";",
  "",
] as const;

/** An object of the kind, mostly as it should be. */
export function manifest(dice: Dice, kind: FuzzedKind, subresource = ""): string {
  if (kind.plural === "customresourcedefinitions") return definition(dice);
  const name = dice.pick(names);
  if (Object.hasOwn(parts, subresource)) return JSON.stringify({ metadata: { name }, ...parts[subresource] });
  const fields = dice.chance(0.05) ? `,"managedFields":${oddManagedFields(dice)}` : "";
  const metadata = dice.chance(0.1) ? '{"generateName":"fuzz-"}' : `{"name":"${name}"${fields}}`;
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  const head = `{"apiVersion":"${apiVersion}","kind":"${kind.kind}","metadata":${metadata}`;
  if (kind.isCustom) return `${[head, customContent(dice)].filter(Boolean).join()}}`;
  return `${head},${JSON.stringify(specs[kind.plural] ?? { spec: {} }).slice(1)}`;
}

function jsonPatch(dice: Dice): string {
  const path = dice.pick([
    "/metadata/labels",
    "/metadata/labels/a",
    "/data/a",
    "/spec",
    "",
    "/__proto__/a",
    "/a~2",
    "/spec/-",
  ]);
  const op = dice.pick(["add", "remove", "replace", "move", "copy", "test", "none"]);
  return `[{"op":"${op}","path":"${path}","from":"/metadata","value":${anyJson(dice)}}]`;
}

function yaml(dice: Dice): string {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghi".replace(/./g, (c) => `${c}: &${c} [${Array(9).fill(`*${String.fromCharCode(c.charCodeAt(0) - 1)}`)}]\n`)}`;
  return dice.pick([
    bomb,
    "a: !!binary x\n",
    "? [a]\n: b\n",
    "<<: {a: 1}\n",
    "\t- x",
    "---\n---\n",
    `a: ${anyJson(dice)}\n`,
  ]);
}

/** Kubernetes' protobuf: a sample of the kind with faults, or an envelope with something inside. */
function protobuf(dice: Dice, { sample }: FuzzedKind, text: string): Buffer {
  if (sample && dice.chance(0.8)) return dice.chance(0.1) ? sample : bendBytes(dice, sample);
  const inside = dice.chance(0.5) ? dice.bytes(dice.below(200)) : Buffer.from(text);
  const field = Buffer.concat([Buffer.from([0x12, inside.length & 0x7f]), inside]);
  return Buffer.concat([
    Buffer.from("k8s\0"),
    Buffer.from([0x0a, 0x06, 0x0a, 0x02]),
    Buffer.from("v1"),
    field,
    dice.bytes(4),
  ]);
}

function contentType(dice: Dice, isPatch: boolean): string {
  if (dice.chance(0.1)) return dice.pick(otherTypes);
  return isPatch ? dice.pick(patchTypes) : "application/json";
}

function text(dice: Dice, kind: FuzzedKind, type: string, subresource: string): string {
  if (dice.chance(0.005)) return deepJson(dice);
  if (type === patchTypes[0] && dice.chance(0.8)) return jsonPatch(dice);
  if (type.endsWith("yaml") && dice.chance(0.3)) return yaml(dice);
  if (dice.chance(0.1)) return anyJson(dice);
  const whole = manifest(dice, kind, subresource);
  return dice.chance(0.5) ? whole : bend(dice, whole);
}

/** Encodings that are none, and those that are more than they look. */
function encoded(dice: Dice, bytes: Buffer): [encoding: string, bytes: Buffer] {
  switch (dice.below(4)) {
    case 0:
      return ["gzip", gzipSync(bytes)];
    case 1:
      return ["gzip", dice.bytes(50)];
    case 2:
      return ["gzip", bomb];
    default:
      return [dice.pick(["br", "deflate", "x", "gzip, gzip", "identity"]), bytes];
  }
}

/** 32 MiB of spaces. */
const bomb = gzipSync(Buffer.alloc(32 * 2 ** 20, 0x20));

/** A body for a request that creates, replaces or patches an object of this kind, or a part of it. */
export function oddBody(dice: Dice, kind: FuzzedKind, isPatch: boolean, subresource = ""): OddBody {
  const type = contentType(dice, isPatch);
  const content = text(dice, kind, type, subresource);
  const headers = { "content-type": type };
  if (dice.chance(0.05))
    return { bytes: protobuf(dice, kind, content), headers: { "content-type": "application/vnd.kubernetes.protobuf" } };
  const bytes = Buffer.from(content);
  if (dice.chance(0.03) && bytes.length > 0) bytes[dice.below(bytes.length)] = 0xff;
  if (!dice.chance(0.03)) return { bytes, headers };
  const [encoding, packed] = encoded(dice, bytes);
  return { bytes: packed, headers: { ...headers, "content-encoding": encoding } };
}
