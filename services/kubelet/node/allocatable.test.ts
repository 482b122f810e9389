import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultConfiguration } from "../configuration/kubelet-configuration.ts";
import { allocatable } from "./allocatable.ts";

test("pods can have what is neither reserved nor to be kept free", () => {
  const capacity = { cpu: "4", memory: "8Gi", "ephemeral-storage": "100Gi", pods: "110" };
  const configuration = {
    ...defaultConfiguration,
    systemReserved: { cpu: "500m", memory: "1Gi" },
    kubeReserved: { cpu: "250m", "ephemeral-storage": "5Gi" },
  };
  assert.deepEqual(allocatable(capacity, configuration), {
    cpu: "3250m",
    memory: "7068Mi",
    "ephemeral-storage": "85Gi",
    pods: "110",
  });
  assert.deepEqual(allocatable(capacity, { ...defaultConfiguration, evictionHard: {} }), capacity);
  const greedy = { ...defaultConfiguration, kubeReserved: { cpu: "5" } };
  assert.equal(allocatable(capacity, greedy)["cpu"], "0");
});
