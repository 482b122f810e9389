import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfiguration } from "./configuration.ts";

const head = { apiVersion: "kubescheduler.config.k8s.io/v1", kind: "KubeSchedulerConfiguration" };

test("an empty file means every plugin as it comes", () => {
  const { profiles, extenders, backoff } = parseConfiguration(head);
  const [profile] = profiles;
  assert.equal(profiles.length, 1);
  assert.equal(profile?.schedulerName, "default-scheduler");
  assert.ok(profile?.plugins.some(({ name, filter, score }) => name === "NodeResourcesFit" && filter && score));
  assert.deepEqual([extenders, backoff], [[], { initialMs: 1000, maxMs: 10_000 }]);
});

test("profiles switch plugins off and on, weigh them, and hand them settings", () => {
  const { profiles } = parseConfiguration({
    ...head,
    percentageOfNodesToScore: 30,
    profiles: [
      { plugins: { score: { disabled: [{ name: "*" }], enabled: [{ name: "ImageLocality", weight: 7 }] } } },
      {
        schedulerName: "packing",
        percentageOfNodesToScore: 80,
        plugins: { multiPoint: { disabled: [{ name: "NodePorts" }, { name: "DefaultPreemption" }] } },
        pluginConfig: [
          { name: "NodeResourcesFit", args: { scoringStrategy: { type: "MostAllocated" } } },
          { name: "VolumeBinding", args: { bindTimeoutSeconds: 60 } },
        ],
      },
    ],
  });
  const [first, second] = profiles;
  const scoring = first?.plugins.filter(({ score }) => score).map(({ name, weight }) => [name, weight]);
  assert.deepEqual(scoring, [["ImageLocality", 7]]);
  assert.ok(first?.plugins.some(({ name, filter }) => name === "NodePorts" && filter));
  assert.equal(first?.percentageOfNodesToScore, 30);
  assert.equal(
    second?.plugins.some(({ name }) => name === "NodePorts"),
    false,
  );
  assert.deepEqual([second?.preemption, second?.volumesMsMax, second?.percentageOfNodesToScore], [false, 60_000, 80]);
});

const faults: [name: string, configuration: object, message: RegExp][] = [
  ["another kind", { ...head, kind: "Pod" }, /is of kind KubeSchedulerConfiguration/],
  ["a field that is not there", { ...head, profile: [] }, /unknown field "profile"/],
  [
    "a plugin that is not there",
    { ...head, profiles: [{ plugins: { filter: { enabled: [{ name: "X" }] } } }] },
    /no plugin X/,
  ],
  [
    "a setting that is not there",
    { ...head, profiles: [{ pluginConfig: [{ name: "NodeAffinity", args: { x: 1 } }] }] },
    /unknown field "x"/,
  ],
  ["one name twice", { ...head, profiles: [{}, {}] }, /may be there once/],
  [
    "an extender that speaks neither gRPC nor HTTP",
    { ...head, extenders: [{ urlPrefix: "ftp://a" }] },
    /not like grpc:/,
  ],
  [
    "an extender whose wishes weigh nothing",
    { ...head, extenders: [{ urlPrefix: "http://a", prioritizeVerb: "p", weight: 0 }] },
    /extenders\[0\].weight: 0: must have a positive weight/,
  ],
  [
    "two extenders that bind",
    { ...head, extenders: ["a", "b"].map((host) => ({ urlPrefix: `http://${host}`, bindVerb: "b" })) },
    /found multiple extenders implementing bind/,
  ],
];

for (const [name, configuration, message] of faults)
  test(`refused is ${name}`, () => assert.throws(() => parseConfiguration(configuration), message));
