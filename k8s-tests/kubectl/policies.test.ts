import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { kubectlCluster } from "./kubectl-cluster.ts";

const cluster = kubectlCluster();
const apiVersion = "admissionregistration.k8s.io/v1beta1";

const policy = {
  ...{ apiVersion, kind: "MutatingAdmissionPolicy", metadata: { name: "team-labels" } },
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
    },
    matchConditions: [
      { name: "has-no-team", expression: "!has(object.metadata.labels) || !('team' in object.metadata.labels)" },
    ],
    failurePolicy: "Fail",
    reinvocationPolicy: "IfNeeded",
    mutations: [
      {
        patchType: "ApplyConfiguration",
        applyConfiguration: {
          expression: 'Object{\n  metadata: Object.metadata{\n    labels: {"team": request.namespace}\n  }\n}',
        },
      },
      {
        patchType: "JSONPatch",
        jsonPatch: {
          expression:
            '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/by"), value: "policy"}]',
        },
      },
    ],
  },
};
const binding = {
  ...{ apiVersion, kind: "MutatingAdmissionPolicyBinding", metadata: { name: "team-labels" } },
  spec: { policyName: "team-labels" },
};

test("a policy changes what kubectl creates", async () => {
  const file = cluster.file("policy.json", { apiVersion: "v1", kind: "List", items: [policy, binding] });
  assert.equal(
    await cluster.kubectl("apply", "-f", file),
    "mutatingadmissionpolicy.admissionregistration.k8s.io/team-labels created\n" +
      "mutatingadmissionpolicybinding.admissionregistration.k8s.io/team-labels created\n",
  );
  assert.match(
    await cluster.kubectl("get", "mutatingadmissionpolicies"),
    /^NAME +MUTATIONS +PARAMKIND +AGE\nteam-labels +2 +<unset> /,
  );
  assert.match(
    await cluster.kubectl("get", "mutatingadmissionpolicybindings"),
    /^NAME +POLICYNAME +PARAMREF +AGE\nteam-labels +team-labels +<unset> /,
  );
  const show = "jsonpath={.metadata.labels}";
  await waitFor("the policy is in force", async () =>
    (await cluster.kubectl("create", "configmap", "tried", "--dry-run=server", "-o", show)).includes("team"),
  );
  await cluster.kubectl("create", "configmap", "labelled");
  assert.deepEqual(JSON.parse(await cluster.kubectl("get", "configmap", "labelled", "-o", show)), {
    team: "default",
    "example.com/by": "policy",
  });
  await cluster.kubectl("delete", "-f", file);
});

test("a policy that lacks an expression is refused, in Kubernetes' words", async () => {
  const mutation = { ...policy.spec.mutations[1], patchType: "ApplyConfiguration" };
  const broken = { ...policy, metadata: { name: "broken" }, spec: { ...policy.spec, mutations: [mutation] } };
  const failure = await cluster.failure("create", "-f", cluster.file("broken.json", broken));
  assert.match(failure, /^The MutatingAdmissionPolicy "broken" is invalid: \n/);
  assert.match(
    failure,
    /\* spec\.mutations\[0\]\.applyConfiguration: Required value: must be specified when patchType is ApplyConfiguration\n/,
  );
});
