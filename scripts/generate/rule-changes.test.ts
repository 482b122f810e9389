import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createFileRegistry, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { breakingRuleChanges } from "./rule-changes.ts";

const root = join(import.meta.dirname, "../..");

function registryOf(image: Uint8Array): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
}

function contractsIn(folder: string): FileRegistry {
  const args = ["build", "--exclude-source-info", "--output", "-"];
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
  return registryOf(execFileSync(join(root, "node_modules/.bin/buf"), args, options));
}

const baseline = registryOf(readFileSync(join(root, "proto/baseline.binpb")));

test("the rules of the contracts fit those of the baseline", () => {
  assert.deepEqual(breakingRuleChanges(baseline, contractsIn(root)), []);
});

test("changes of rules that clients depend on are found", () => {
  const copy = mkdtempSync(join(tmpdir(), "typernetes-rules-"));
  const edits: [string, [string, string][]][] = [
    [
      "core/v1/config_map.proto",
      [
        [
          "optional bool immutable = 4 [(meta.v1.field) = {pointer: true",
          "optional bool immutable = 4 [(meta.v1.field) = {required: true",
        ],
        ['shortNames: ["cm"]', 'shortNames: ["conf"]'],
      ],
    ],
    ["scheduling/v1/priority_class.proto", [['enum: ["PreemptLowerPriority", "Never"]', 'enum: ["Never", "Always"]']]],
    ["node/v1/runtime_class.proto", [["clusterScoped: true", "clusterScoped: false"]]],
  ];
  try {
    cpSync(join(root, "proto"), join(copy, "proto"), { recursive: true });
    cpSync(join(root, "buf.yaml"), join(copy, "buf.yaml"));
    for (const [file, changes] of edits) {
      const path = join(copy, "proto/typernetes", file);
      let text = readFileSync(path, "utf8");
      for (const [from, to] of changes) {
        assert.ok(text.includes(from), `${file} has ${from}`);
        text = text.replace(from, to);
      }
      writeFileSync(path, text);
    }
    assert.deepEqual(breakingRuleChanges(baseline, contractsIn(copy)).sort(), [
      "core.v1.ConfigMap.immutable: is required now",
      "core.v1.ConfigMap.immutable: pointer changed",
      "core.v1.ConfigMap: no more shortNames cm",
      "node.v1.RuntimeClass: clusterScoped changed",
      "scheduling.v1.PriorityClass.preemptionPolicy: no more value PreemptLowerPriority",
    ]);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
