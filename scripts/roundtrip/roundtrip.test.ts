import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { encodeKubernetesObject } from "../../lib/api/kubernetes-protobuf/encode.ts";
import { checkFile, checkProtobufFile } from "./check-file.ts";

const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "c" }] } };
const owner = { apiVersion: "v1", kind: "Y", name: "y", uid: "u" };
const text = (value: unknown) => JSON.stringify(value);

const files: [string, string, string, (string | RegExp)[]][] = [
  ["an object comes back as it was", "any.json", text(pod), []],
  ["key order does not count", "any.json", '{"spec":{"containers":[]},"kind":"Pod","apiVersion":"v1"}', []],
  ["the file's name tells the kind when the object does not", "core.v1.Container.json", '{"name":"c"}', []],
  ["a reference names the kind of another", "core.v1.ObjectReference.json", '{"apiVersion":"v1","kind":"X"}', []],
  ["shared messages are of the group meta", "meta.v1.OwnerReference.json", text(owner), []],
  ["a group may have dots", "networking.k8s.io.v1.IngressBackend.json", '{"service":{"name":"s"}}', []],
  ["an unknown kind", "x.json", '{"apiVersion":"example.com/v1","kind":"X"}', ["unknown kind: X of example.com/v1"]],
  ["an unknown name", "core.v1.X.json", "{}", ["unknown kind: core.v1.X.json"]],
  ["a name without a kind", "x.json", "{}", ["unknown kind: x.json"]],
  ["a field nobody knows", "x.json", text({ ...pod, extra: 1 }), [/strict decoding error: unknown field "extra"/]],
  [
    "a quantity in another form",
    "core.v1.ResourceRequirements.json",
    '{"limits":{"cpu":"0.5"}}',
    ['limits.cpu: "0.5" → "500m"'],
  ],
  [
    "what is empty goes",
    "core.v1.Container.json",
    '{"name":"c","args":[],"tty":false}',
    ["args: [] → (absent)", "tty: false → (absent)"],
  ],
  [
    "what is always written comes",
    "core.v1.ContainerStatus.json",
    '{"name":"c","ready":true,"restartCount":0,"image":"i"}',
    ['imageID: (absent) → ""'],
  ],
  ["a path with odd keys", "core.v1.ResourceRequirements.json", '{"limits":{"a.b/c":1}}', ['limits["a.b/c"]: 1 → "1"']],
  ["a key given twice", "core.v1.Container.json", '{"name":"c","name":"d"}', ['duplicate field "name"']],
  ["a number that would be rounded", "meta.v1.RawExtension.json", "{}", ["unknown kind: meta.v1.RawExtension.json"]],
  [
    "a number too large, in free JSON",
    "core.v1.WatchEvent.json",
    '{"type":"","object":{"n":9007199254740993}}',
    ["number: 9007199254740993 → 9007199254740992"],
  ],
  ["no JSON", "core.v1.Pod.json", "{", [/^invalid JSON: line 1/]],
];

for (const [name, file, content, expected] of files) {
  test(name, () => {
    const found = checkFile(file, content);
    assert.equal(found.length, expected.length, found.join("\n"));
    for (const [index, line] of expected.entries()) {
      if (line instanceof RegExp) assert.match(found[index] ?? "", line);
      else assert.equal(found[index], line);
    }
  });
}

const emptyResources = { ...pod, spec: { containers: [{ name: "c", resources: {} }] } };
const encoded = encodeKubernetesObject("core.v1.Pod", emptyResources);

const protobufFiles: [string, Uint8Array, unknown, (string | RegExp)[]][] = [
  ["Kubernetes' protobuf of the JSON beside it", encoded, emptyResources, []],
  ["Kubernetes' protobuf of another object", encoded, pod, ["spec.containers[0].resources: (absent) → {}"]],
  [
    "Kubernetes' protobuf of another kind",
    encoded,
    { apiVersion: "v1", kind: "Node" },
    [/cannot be handled as a Node/],
  ],
  ["no protobuf", Buffer.from("{}"), pod, [/do not begin as Kubernetes' protobuf/]],
];

for (const [name, bytes, json, expected] of protobufFiles) {
  test(name, () => {
    const found = checkProtobufFile("any.pb", bytes, text(json));
    assert.equal(found.length, expected.length, found.join("\n"));
    for (const [index, line] of expected.entries()) {
      if (line instanceof RegExp) assert.match(found[index] ?? "", line);
      else assert.equal(found[index], line);
    }
  });
}

function run(...args: string[]) {
  const script = join(import.meta.dirname, "../roundtrip.ts");
  return spawnSync(process.execPath, ["--import", "tsx", script, ...args], { encoding: "utf8" });
}

test("the command counts, prints and exits accordingly", () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-roundtrip-"));
  try {
    writeFileSync(join(directory, "a.json"), text(pod));
    writeFileSync(join(directory, "notes.txt"), "no object");
    const good = run(directory);
    assert.deepEqual([good.status, good.stdout], [0, "1 equal, 0 differ\n"]);
    writeFileSync(join(directory, "a.pb"), encodeKubernetesObject("core.v1.Pod", pod));
    const both = run(directory);
    assert.deepEqual([both.status, both.stdout], [0, "2 equal, 0 differ\n"]);
    rmSync(join(directory, "a.pb"));
    writeFileSync(join(directory, "b.json"), text({ ...pod, metadata: { name: "p", labels: {} } }));
    const bad = run(directory);
    assert.deepEqual([bad.status, bad.stdout], [1, "b.json: metadata.labels: {} → (absent)\n1 equal, 1 differ\n"]);
  } finally {
    rmSync(directory, { recursive: true });
  }
  assert.equal(run().status, 2);
  const missing = run(directory);
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /^cannot read/);
});
