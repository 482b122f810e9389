import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createValidatingAdmissionPolicyStatusController } from "./controller.ts";

let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createValidatingAdmissionPolicyStatusController]);
});
after(() => cluster.close());

test("a policy says which generation of it was looked at", async () => {
  const policies = cluster.client.admissionregistration.v1.validatingadmissionpolicies;
  const rule = { operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
  const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: "true" }] };
  await policies.create({ metadata: { name: "p" }, spec });
  await eventuallyHolds(async () => assert.equal((await policies.get("p")).status?.observedGeneration, 1));
  await policies.patch("p", { spec: { validations: [{ expression: "1 == 1" }] } });
  await eventuallyHolds(async () => {
    const { status } = await policies.get("p");
    assert.equal(status?.observedGeneration, 2);
    assert.deepEqual(status?.typeChecking, {});
  });
});
