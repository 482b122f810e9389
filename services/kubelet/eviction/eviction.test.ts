import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Pod, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { diskUse } from "../disk/disk-use.ts";
import { pressureRefusal } from "./admission.ts";
import { evictionMessage } from "./messages.ts";
import type { ContainerUsage, PodUsage } from "./pod-usage.ts";
import { rankForEviction } from "./ranking.ts";
import type { PressureCondition } from "./signals.ts";
import { storageExcess } from "./storage-limits.ts";

const Mi = 2 ** 20;
const pod = (name: string, spec: Partial<PodSpec> = {}): Pod => ({
  metadata: { name, namespace: "default" },
  spec: { containers: [{ name: "main" }], ...spec },
});
const asking = (memory: string): Partial<PodSpec> => ({
  containers: [{ name: "main", resources: { requests: { memory } } }],
});

function usage(it: Pod, main: Partial<ContainerUsage>, files = 0): PodUsage {
  const containers = [{ name: "main", memoryBytes: 0, processes: 0, ...main }];
  return { pod: it, containers, files: { bytes: files, inodes: files } };
}

test("under memory pressure those above their requests go first, then the less important, then the largest", () => {
  const ranked = rankForEviction(
    [
      usage(pod("important", { priority: 100 }), { memoryBytes: 900 * Mi }),
      usage(pod("within", asking("500Mi")), { memoryBytes: 400 * Mi }),
      usage(pod("small"), { memoryBytes: 10 * Mi }),
      usage(pod("above", asking("100Mi")), { memoryBytes: 150 * Mi }),
    ],
    "memory",
  );
  assert.deepEqual(
    ranked.map((it) => it.pod.metadata?.name),
    ["above", "small", "important", "within"],
  );
});

test("for want of processes or files priority comes first, then how many there are", () => {
  const pods = [
    usage(pod("few"), { processes: 1 }, 5),
    usage(pod("important", { priority: 1 }), { processes: 99 }, 99),
    usage(pod("many"), { processes: 9 }, 9),
  ];
  for (const resource of ["pids", "inodes"] as const) {
    const names = rankForEviction(pods, resource).map((it) => it.pod.metadata?.name);
    assert.deepEqual(names, ["many", "few", "important"]);
  }
});

test("the message says what is short, and who takes more than was asked for", () => {
  const threshold = { signal: "memory.available", level: { amount: 100 * Mi }, graceMs: 0, minimumReclaim: undefined };
  const measured = { "memory.available": { available: 64 * Mi + 5, capacity: 1000 * Mi } };
  const greedy = usage(pod("p", asking("10Mi")), { memoryBytes: 20 * Mi });
  assert.equal(
    evictionMessage({ ...threshold, signal: "memory.available" }, measured, greedy),
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 64Mi. " +
      "Container main was using 20Mi, request is 10Mi, has larger consumption of memory. ",
  );
  const disk = { "nodefs.available": { available: Mi, capacity: 100 * Mi } };
  const modest = usage(pod("p"), { disk: { bytes: 3 * Mi, inodes: 1 } });
  assert.equal(
    evictionMessage({ ...threshold, signal: "nodefs.available", level: { share: 0.1 } }, disk, modest),
    "The node was low on resource: ephemeral-storage. Threshold quantity: 10Mi, available: 1Mi. " +
      "Container main was using 3Mi, request is 0, has larger consumption of ephemeral-storage. ",
  );
});

const critical = pod("critical", { priority: 2_000_000_000 });
const tolerant = pod("t", { tolerations: [{ key: "node.kubernetes.io/memory-pressure", operator: "Exists" }] });
const admissions: [what: string, pod: Pod, conditions: PressureCondition[], refused: string | undefined][] = [
  ["no pressure", pod("p"), [], undefined],
  ["a pod that asks for nothing, under memory pressure", pod("p"), ["MemoryPressure"], "[MemoryPressure]"],
  ["a pod that asks for memory", pod("p", asking("1Mi")), ["MemoryPressure"], undefined],
  ["a pod that asks for memory, on a full disk", pod("p", asking("1Mi")), ["DiskPressure"], "[DiskPressure]"],
  ["a pod that bears it", tolerant, ["MemoryPressure"], undefined],
  ["a pod that bears another pressure", tolerant, ["PIDPressure", "DiskPressure"], "[PIDPressure DiskPressure]"],
  ["a critical pod", critical, ["DiskPressure"], undefined],
];
for (const [what, it, conditions, refused] of admissions) {
  test(`admission under pressure: ${what}`, () => {
    const expected = refused && `The node had condition: ${refused}. `;
    assert.equal(pressureRefusal(it, conditions), expected);
  });
}

test("limits of local storage hold for volumes, for containers and for the pod", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "typernetes-limits-"));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, "volumes/empty-dir/v"), { recursive: true });
  await writeFile(join(directory, "volumes/empty-dir/v/big"), Buffer.alloc(2 * Mi, 1));
  await symlink("/", join(directory, "root"));
  const files = (await diskUse(directory)).bytes;
  assert.ok(files >= 2 * Mi && files < 3 * Mi);
  const limited = (limits: Record<string, string>, sizeLimit?: string) =>
    pod("p", {
      containers: [{ name: "main", resources: { limits } }],
      volumes: [{ name: "v", emptyDir: { ...(sizeLimit && { sizeLimit }) } }],
    });
  const excess = (it: Pod, own: number) =>
    storageExcess(usage(it, { disk: { bytes: own, inodes: 1 } }, files), directory);
  assert.equal(await excess(limited({}, "4Mi"), 0), undefined);
  assert.equal(await excess(limited({}, "1Mi"), 0), 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ');
  const wholePod = "Pod ephemeral local storage usage exceeds the total limit of containers 4Mi. ";
  assert.equal(await excess(limited({ "ephemeral-storage": "4Mi" }), 3 * Mi), wholePod);
  const both = pod("p", {
    containers: [
      { name: "main", resources: { limits: { "ephemeral-storage": "1Mi" } } },
      { name: "other", resources: { limits: { "ephemeral-storage": "9Mi" } } },
    ],
  });
  assert.equal(await excess(both, 2 * Mi), 'Container main exceeded its local ephemeral storage limit "1Mi". ');
});
