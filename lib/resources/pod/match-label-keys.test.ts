import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { applyMatchLabelKeys } from "./match-label-keys.ts";

test("keys of an affinity become conditions on the pod's own labels; a label that it has not is left out", () => {
  const term = {
    topologyKey: "zone",
    labelSelector: {},
    matchLabelKeys: ["version", "missing"],
    mismatchLabelKeys: ["tenant"],
  };
  const pod: Pod = {
    metadata: { labels: { version: "2", tenant: "a" } },
    spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
  };
  applyMatchLabelKeys(pod);
  assert.deepEqual(term.labelSelector, {
    matchExpressions: [
      { key: "version", operator: "In", values: ["2"] },
      { key: "tenant", operator: "NotIn", values: ["a"] },
    ],
  });
});

test("keys of a spread become conditions on the pod's own labels", () => {
  const constraint = { topologyKey: "zone", labelSelector: {}, matchLabelKeys: ["version", "missing"] };
  const pod: Pod = { metadata: { labels: { version: "2" } }, spec: { topologySpreadConstraints: [constraint] } };
  applyMatchLabelKeys(pod);
  assert.deepEqual(constraint.labelSelector, {
    matchExpressions: [{ key: "version", operator: "In", values: ["2"] }],
  });
});
