import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isStatusError } from "../../base/status-error.ts";
import { arbitraryMessage } from "../arbitrary-message.ts";
import { decode } from "../decode.ts";
import { createThreeWayStrategicPatch, createTwoWayStrategicPatch } from "./strategic-diff.ts";
import { applyStrategicMergePatch } from "./strategic-merge.ts";

const deployment = (spec: object) => ({ metadata: { name: "web" }, spec });
const pod = (...containers: object[]) => ({ spec: { containers } });

interface Case {
  title: string;
  message: string;
  object: object;
  patch: object;
  result: object;
}

const cases: Case[] = [
  {
    title: "containers are merged by name, in the order of the patch",
    message: "core.v1.Pod",
    object: pod({ name: "a", image: "a:1", args: ["x"] }, { name: "b", image: "b:1" }),
    patch: pod({ name: "b", image: "b:2" }, { name: "c", image: "c:1" }),
    result: pod({ name: "a", image: "a:1", args: ["x"] }, { name: "b", image: "b:2" }, { name: "c", image: "c:1" }),
  },
  {
    title: "a container that is new stands before those that the patch does not name",
    message: "core.v1.Pod",
    object: pod({ name: "a" }),
    patch: pod({ name: "b" }),
    result: pod({ name: "b" }, { name: "a" }),
  },
  {
    title: "lists without a merge key are replaced",
    message: "core.v1.Pod",
    object: { spec: { tolerations: [{ key: "a" }], containers: [{ name: "a", args: ["1", "2"] }] } },
    patch: { spec: { tolerations: [{ key: "b" }], containers: [{ name: "a", args: ["3"] }] } },
    result: { spec: { tolerations: [{ key: "b" }], containers: [{ name: "a", args: ["3"] }] } },
  },
  {
    title: "null deletes a member",
    message: "core.v1.Pod",
    object: { metadata: { labels: { a: "1", b: "2" } }, spec: { nodeName: "n" } },
    patch: { metadata: { labels: { a: null, nosuch: null } }, spec: { nodeName: null } },
    result: { metadata: { labels: { b: "2" } }, spec: {} },
  },
  {
    title: "$patch: delete takes an element out of a list",
    message: "core.v1.Pod",
    object: pod({ name: "a" }, { name: "b" }),
    patch: pod({ name: "a", $patch: "delete" }),
    result: pod({ name: "b" }),
  },
  {
    title: "$patch: replace replaces a list",
    message: "core.v1.Pod",
    object: pod({ name: "a", image: "x" }, { name: "b" }),
    patch: pod({ name: "a" }, { $patch: "replace" }),
    result: pod({ name: "a" }),
  },
  {
    title: "$patch: replace replaces an object",
    message: "core.v1.Pod",
    object: { spec: { securityContext: { runAsUser: 1, fsGroup: 2 } } },
    patch: { spec: { securityContext: { $patch: "replace", runAsUser: 3 } } },
    result: { spec: { securityContext: { runAsUser: 3 } } },
  },
  {
    title: "$patch: delete empties an object",
    message: "core.v1.Pod",
    object: { spec: { securityContext: { runAsUser: 1 } } },
    patch: { spec: { securityContext: { $patch: "delete" } } },
    result: { spec: { securityContext: {} } },
  },
  {
    title: "$patch: delete of an object that is not there makes none",
    message: "core.v1.Pod",
    object: pod({ name: "a" }),
    patch: {
      spec: {
        securityContext: { runAsUser: 1, $patch: "delete" },
        containers: [{ name: "b", securityContext: { $patch: "delete" } }],
      },
    },
    result: pod({ name: "b" }, { name: "a" }),
  },
  {
    title: "$retainKeys clears what is not named",
    message: "apps.v1.Deployment",
    object: deployment({ strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } }),
    patch: { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
    result: deployment({ strategy: { type: "Recreate" } }),
  },
  {
    title: "a volume changes its source with $retainKeys",
    message: "core.v1.Pod",
    object: { spec: { volumes: [{ name: "v", emptyDir: {} }] } },
    patch: { spec: { volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "c" } }] } },
    result: { spec: { volumes: [{ name: "v", configMap: { name: "c" } }] } },
  },
  {
    title: "plain values are added and deleted",
    message: "core.v1.Pod",
    object: { metadata: { finalizers: ["a/1", "a/2"] } },
    patch: {
      metadata: {
        "$deleteFromPrimitiveList/finalizers": ["a/1"],
        finalizers: ["a/3"],
        "$setElementOrder/finalizers": ["a/2", "a/3"],
      },
    },
    result: { metadata: { finalizers: ["a/2", "a/3"] } },
  },
  {
    title: "$setElementOrder orders a list; what it does not name keeps its place",
    message: "core.v1.Pod",
    object: pod({ name: "a" }, { name: "x" }, { name: "b" }),
    patch: {
      spec: { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }], containers: [{ name: "a", image: "i" }] },
    },
    result: pod({ name: "x" }, { name: "b" }, { name: "a", image: "i" }),
  },
  {
    title: "instructions and nulls in what is new are not stored",
    message: "core.v1.Pod",
    object: {},
    patch: {
      spec: {
        nodeName: null,
        containers: [{ name: "a", image: null, "$setElementOrder/env": [], env: [{ name: "E", $patch: "delete" }] }],
      },
    },
    result: { spec: { containers: [{ name: "a", env: [] }] } },
  },
  {
    title: "members whose names begin with $ are no instructions",
    message: "apiextensions.v1.CustomResourceDefinition",
    object: {},
    patch: {
      spec: {
        versions: [
          { name: "v1", schema: { openAPIV3Schema: { $ref: "#/a", properties: { $patch2: { type: "string" } } } } },
        ],
      },
    },
    result: {
      spec: {
        versions: [
          { name: "v1", schema: { openAPIV3Schema: { $ref: "#/a", properties: { $patch2: { type: "string" } } } } },
        ],
      },
    },
  },
  {
    title: "an ephemeral port list is merged by containerPort",
    message: "core.v1.Pod",
    object: pod({ name: "a", ports: [{ containerPort: 80, protocol: "TCP" }] }),
    patch: pod({ name: "a", ports: [{ containerPort: 80, name: "http" }, { containerPort: 443 }] }),
    result: pod({ name: "a", ports: [{ containerPort: 80, protocol: "TCP", name: "http" }, { containerPort: 443 }] }),
  },
];
for (const { title, message, object, patch, result } of cases) {
  test(title, () => {
    const before = structuredClone({ object, patch });
    assert.deepEqual(applyStrategicMergePatch(message, object, patch), result);
    assert.deepEqual({ object, patch }, before, "neither argument changes");
  });
}

const broken: [string, object][] = [
  ["an element without its merge key", pod({ image: "x" })],
  ["an unknown instruction", { spec: { $patch: "explode" } }],
  [
    "an order that the list does not follow",
    { spec: { "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "b" }] } },
  ],
  ["$retainKeys that forget a member", { spec: { $retainKeys: ["nodeName"], hostNetwork: true } }],
];
for (const [title, patch] of broken)
  test(`${title} is refused`, () => {
    assert.throws(
      () => applyStrategicMergePatch("core.v1.Pod", pod({ name: "a" }), patch),
      (error) => isStatusError(error, "BadRequest"),
    );
  });

test("an apply adds, changes and deletes what its user did, and leaves what others did", () => {
  const lastApplied = pod(
    {
      name: "a",
      image: "a:1",
      env: [
        { name: "E", value: "1" },
        { name: "F", value: "1" },
      ],
    },
    { name: "old", image: "o" },
  );
  const modified = pod({ name: "a", image: "a:2", env: [{ name: "F", value: "1" }] }, { name: "new", image: "n" });
  const current = {
    metadata: { uid: "1" },
    spec: {
      nodeName: "n1",
      containers: [
        {
          name: "a",
          image: "a:1",
          imagePullPolicy: "Always",
          env: [
            { name: "E", value: "1" },
            { name: "F", value: "1" },
            { name: "INJECTED", value: "x" },
          ],
        },
        { name: "old", image: "o" },
        { name: "sidecar", image: "s" },
      ],
    },
  };
  const patch = createThreeWayStrategicPatch("core.v1.Pod", lastApplied, modified, current);
  assert.deepEqual(patch, {
    spec: {
      "$setElementOrder/containers": [{ name: "a" }, { name: "new" }],
      containers: [
        { name: "a", image: "a:2", "$setElementOrder/env": [{ name: "F" }], env: [{ name: "E", $patch: "delete" }] },
        { name: "new", image: "n" },
        { name: "old", $patch: "delete" },
      ],
    },
  });
  assert.deepEqual(applyStrategicMergePatch("core.v1.Pod", current, patch), {
    metadata: { uid: "1" },
    spec: {
      nodeName: "n1",
      containers: [
        {
          name: "a",
          image: "a:2",
          imagePullPolicy: "Always",
          env: [
            { name: "F", value: "1" },
            { name: "INJECTED", value: "x" },
          ],
        },
        { name: "new", image: "n" },
        { name: "sidecar", image: "s" },
      ],
    },
  });
});

test("an apply that changes nothing makes an empty patch, though others added elements", () => {
  const applied = pod({ name: "a" }, { name: "b" });
  const current = pod({ name: "x" }, { name: "a", image: "i" }, { name: "y" }, { name: "b" });
  assert.deepEqual(createThreeWayStrategicPatch("core.v1.Pod", applied, applied, current), {});
});

test("a deployment's strategy is exchanged, not merged", () => {
  const before = deployment({ strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } });
  const after = deployment({ strategy: { type: "Recreate" } });
  const patch = createThreeWayStrategicPatch("apps.v1.Deployment", before, after, before);
  assert.deepEqual(patch, { spec: { strategy: { $retainKeys: ["type"], type: "Recreate", rollingUpdate: null } } });
  assert.deepEqual(applyStrategicMergePatch("apps.v1.Deployment", before, patch), after);
});

/** Objects without what no patch can say: null within free JSON, elements that share their merge key. */
function arbitraryObject(message: string): fc.Arbitrary<object> {
  return arbitraryMessage(message).map((json) => patchable(decode(message, json).object));
}

const mergeKeys = [
  "name",
  "type",
  "ip",
  "uid",
  "key",
  "port",
  "containerPort",
  "mountPath",
  "devicePath",
  "topologyKey",
  "rule",
  "claimName",
  "nodeName",
];

function patchable<T>(value: T): T;
function patchable(value: unknown): unknown {
  if (Array.isArray(value)) return uniqueElements(value.filter((item) => item !== null).map(patchable));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => item !== null && !key.startsWith("$"))
      .map(([key, item]) => [key, patchable(item)]),
  );
}

/** Gives each object of a list a value of its own under every name that may be a merge key. */
function uniqueElements(list: unknown[]): unknown[] {
  const isObjects = list.some((item) => typeof item === "object" && !Array.isArray(item));
  if (!isObjects) return [...new Set(list)];
  const objects = list.filter(
    (item): item is object => typeof item === "object" && item !== null && !Array.isArray(item),
  );
  return objects.map((item, index) => ({ ...item, ...Object.fromEntries(mergeKeys.map((key) => [key, index])) }));
}

for (const message of [
  "core.v1.Pod",
  "apps.v1.Deployment",
  "core.v1.Service",
  "core.v1.Node",
  "core.v1.ServiceAccount",
  "core.v1.PersistentVolume",
]) {
  test(`the difference of two of ${message}, applied to the first, makes the second`, () => {
    const objects = arbitraryObject(message);
    fc.assert(
      fc.property(objects, objects, (a, b) => {
        assert.deepEqual(applyStrategicMergePatch(message, a, createTwoWayStrategicPatch(message, a, b)), b);
        assert.deepEqual(createTwoWayStrategicPatch(message, a, a), {});
      }),
      { numRuns: 60 },
    );
  });

  test(`applying to ${message} what was never changed by others makes what was asked for`, () => {
    const objects = arbitraryObject(message);
    fc.assert(
      fc.property(objects, objects, (a, b) => {
        assert.deepEqual(applyStrategicMergePatch(message, a, createThreeWayStrategicPatch(message, a, b, a)), b);
      }),
      { numRuns: 60 },
    );
  });
}

test("lists come out in the order that was asked for", () => {
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 5 });
  const images = fc.constantFrom("1", "2");
  const containers = fc.tuple(names, images).map(([list, image]) => pod(...list.map((name) => ({ name, image }))));
  fc.assert(
    fc.property(containers, containers, (a, b) => {
      assert.deepEqual(applyStrategicMergePatch("core.v1.Pod", a, createTwoWayStrategicPatch("core.v1.Pod", a, b)), b);
      assert.deepEqual(
        applyStrategicMergePatch("core.v1.Pod", a, createThreeWayStrategicPatch("core.v1.Pod", a, b, a)),
        b,
      );
    }),
  );
});

test("whatever others added, an apply brings its own elements, in its order, and keeps theirs", () => {
  const names = fc.uniqueArray(fc.constantFrom<string[]>("a", "b", "c", "d"), { maxLength: 4 });
  const others = fc.uniqueArray(fc.constantFrom<string[]>("x", "y"), { maxLength: 2 });
  const named = (list: string[]) => pod(...list.map((name) => ({ name })));
  fc.assert(
    fc.property(names, names, others, fc.nat(4), (applied, wanted, added, at) => {
      const current = named([...applied.slice(0, at), ...added, ...applied.slice(at)]);
      const patch = createThreeWayStrategicPatch("core.v1.Pod", named(applied), named(wanted), current);
      const result = applyStrategicMergePatch("core.v1.Pod", current, patch) as ReturnType<typeof named>;
      const order = result.spec.containers.map((container) => Reflect.get(container, "name"));
      assert.deepEqual(
        order.filter((name) => wanted.includes(String(name))),
        wanted,
      );
      assert.deepEqual(
        order.filter((name) => !wanted.includes(String(name))),
        added,
      );
    }),
  );
});

test("any patch is applied or refused", () => {
  const keys = fc.constantFrom(
    "spec",
    "containers",
    "name",
    "env",
    "volumes",
    "metadata",
    "labels",
    "finalizers",
    "$patch",
    "$retainKeys",
    "$setElementOrder/containers",
    "$deleteFromPrimitiveList/finalizers",
    "__proto__",
    "strategy",
  );
  const { object } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("a", "b", "delete", "replace", "merge", "spec", null, 1),
      fc.array(tie("value"), { maxLength: 3 }),
      tie("object"),
    ),
    object: fc.dictionary(keys, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  }));
  const objects = object.map((value) => value as object);
  fc.assert(
    fc.property(objects, objects, (target, patch) => {
      try {
        applyStrategicMergePatch("core.v1.Pod", target, patch);
        createThreeWayStrategicPatch("core.v1.Pod", target, patch, target);
      } catch (error) {
        assert.ok(isStatusError(error, "BadRequest"), String(error));
      }
      assert.equal(Reflect.get({}, "spec"), undefined);
    }),
    { numRuns: 500 },
  );
});
