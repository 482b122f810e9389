import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { kubectlCluster } from "../kubectl/kubectl-cluster.ts";
import { BackgroundProgram } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";

const cluster = kubectlCluster();

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: boats, singular: boat, kind: Boat}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {crew: {type: integer}}}
          status: {type: object, properties: {aboard: {type: integer}}}
`;

const boat = (crew: number) => ({
  ...{ apiVersion: "example.com/v1", kind: "Boat", metadata: { name: "argo" } },
  spec: { crew },
});

const crewOf = (object: string, path: string) =>
  cluster.kubectl("get", object, "-o", `jsonpath={${path}}`, "--ignore-not-found");

test("an operator built on a published library reconciles a custom kind", async () => {
  // A program of its own: the library ends its process when a watch is cut off.
  const program = join(import.meta.dirname, "boats-operator.ts");
  const args = ["--import", "tsx", program, cluster.file("boats.yaml", crd)];
  const operator = new BackgroundProgram(process.execPath, args, cluster.env);
  try {
    await operator.printed("the operator runs", 120_000);
    assert.equal(await cluster.apply(boat(50)), "boat.example.com/argo created\n");
    await waitFor("the config map is there", async () => (await crewOf("configmap/argo", ".data.crew")) === "50");
    await waitFor("the status tells", async () => (await crewOf("boat/argo", ".status.aboard")) === "50");
    assert.equal(await crewOf("boat/argo", ".metadata.finalizers"), '["example.com/harbour"]');
    await cluster.apply(boat(49));
    await waitFor("the config map follows", async () => (await crewOf("configmap/argo", ".data.crew")) === "49");
    await waitFor("the status follows", async () => (await crewOf("boat/argo", ".status.aboard")) === "49");
    await cluster.kubectl("delete", "boat", "argo");
    assert.equal(await crewOf("configmap/argo", ".data.crew"), "");
  } catch (error) {
    throw new Error(`the operator said: ${operator.output}`, { cause: error });
  } finally {
    await operator.stop();
  }
});
