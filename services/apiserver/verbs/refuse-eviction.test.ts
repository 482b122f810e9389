import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodDisruptionBudgetStatus } from "../../../gen/typernetes/policy/v1/pod_disruption_budget.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { refuseEviction } from "./refuse-eviction.ts";

const tooMany = "Cannot evict pod as it would violate the pod's disruption budget.";
const cases: readonly [PodDisruptionBudgetStatus, string, string?][] = [
  [{ observedGeneration: 1 }, tooMany, "The disruption budget web is still being processed by the server."],
  [
    { disruptionsAllowed: 0, desiredHealthy: 3, currentHealthy: 3 },
    tooMany,
    "The disruption budget web needs 3 healthy pods and has 3 currently",
  ],
  [{ disruptionsAllowed: -1 }, 'poddisruptionbudget.policy "web" is forbidden: pdb disruptions allowed is negative'],
  [
    {
      disruptionsAllowed: 1,
      disruptedPods: Object.fromEntries(Array.from({ length: 2_001 }, (_, i) => [`p${i}`, ""])),
    },
    'poddisruptionbudget.policy "web" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller',
  ],
];

const budget = (status: PodDisruptionBudgetStatus) => ({
  metadata: { name: "web", generation: 2 },
  status: { observedGeneration: 2, ...status },
});

for (const [status, message, cause] of cases)
  test(`an eviction is refused in Kubernetes' words: ${cause ?? message}`, () => {
    assert.throws(
      () => refuseEviction(budget(status)),
      (error) => {
        assert.ok(error instanceof StatusError);
        assert.equal(error.message, message);
        assert.equal(error.details?.causes?.[0]?.message, cause);
        return true;
      },
    );
  });

test("an eviction is not refused while disruptions are allowed", () => {
  refuseEviction(budget({ disruptionsAllowed: 1 }));
});
