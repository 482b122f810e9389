import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { DownwardAPIVolumeFile } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { downwardFiles } from "./downward-files.ts";

const pod: Pod = {
  metadata: {
    name: "web",
    namespace: "shop",
    uid: "u-1",
    labels: { b: "2", a: "1" },
    annotations: { note: 'x "y"\n\\' },
  },
  spec: { containers: [{ name: "main", resources: { limits: { cpu: "1500m" }, requests: { memory: "32Mi" } } }] },
};

const resource = (name: string, divisor: string): DownwardAPIVolumeFile => ({
  path: "f",
  resourceFieldRef: { containerName: "main", resource: name, divisor },
});
const field = (fieldPath: string): DownwardAPIVolumeFile => ({ path: "f", fieldRef: { fieldPath } });

const table: [item: DownwardAPIVolumeFile, text: string][] = [
  [field("metadata.name"), "web"],
  [field("metadata.namespace"), "shop"],
  [field("metadata.uid"), "u-1"],
  [field("metadata.labels"), 'a="1"\nb="2"'],
  [field("metadata.labels['b']"), "2"],
  [field("metadata.annotations"), 'note="x \\"y\\"\\n\\\\"'],
  [resource("limits.cpu", "0"), "2"],
  [resource("limits.cpu", "1m"), "1500"],
  [resource("requests.memory", "1Mi"), "32"],
];
for (const [item, text] of table) {
  test(`downward file of ${item.fieldRef?.fieldPath ?? JSON.stringify(item.resourceFieldRef)}`, () => {
    const [file] = downwardFiles(pod, {}, [item]);
    assert.deepEqual([file?.path, file?.content.toString(), file?.mode], ["f", text, 0o644]);
  });
}

test("a file's own mode comes before the volume's", () => {
  const files = downwardFiles(pod, {}, [{ ...field("metadata.name"), mode: 0o400 }, field("metadata.uid")], 0o440);
  assert.deepEqual(
    files.map(({ mode }) => mode),
    [0o400, 0o440],
  );
});
