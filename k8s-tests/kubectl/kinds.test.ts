import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../support/wait.ts";
import { kubectlCluster } from "./kubectl-cluster.ts";

const cluster = kubectlCluster(async (cluster) => {
  await cluster.apply(crd);
  await waitFor("boats are served", () => cluster.kubectl("get", "--raw", "/apis/example.com/v1/boats"));
});

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: boats, singular: boat, kind: Boat, shortNames: [bt], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.crew, statusReplicasPath: .status.crew}}
    additionalPrinterColumns:
    - {name: Crew, type: integer, jsonPath: .spec.crew}
    - {name: Sails, type: string, jsonPath: .spec.sails, priority: 1}
    schema:
      openAPIV3Schema:
        type: object
        description: A thing that floats.
        properties:
          spec:
            type: object
            description: How it is built.
            required: [crew]
            properties:
              crew: {type: integer, minimum: 1, description: How many sail it.}
              sails: {type: string, default: white}
          status: {type: object, properties: {crew: {type: integer}}}
`;

const boat = (name: string, spec: object) => ({ apiVersion: "example.com/v1", kind: "Boat", metadata: { name }, spec });

test("api-resources and api-versions name what is served", async () => {
  const rows = (await cluster.kubectl("api-resources")).split("\n").map((line) => line.split(/ +/).join(" ").trim());
  const [head] = rows;
  assert.equal(head, cluster.minor >= 20 ? "NAME SHORTNAMES APIVERSION NAMESPACED KIND" : head);
  for (const row of [
    "pods po v1 true Pod",
    "deployments deploy apps/v1 true Deployment",
    "customresourcedefinitions crd,crds apiextensions.k8s.io/v1 false CustomResourceDefinition",
    "boats bt example.com/v1 true Boat",
  ])
    assert.ok(rows.includes(row), row);
  const names = await cluster.kubectl(
    "api-resources",
    "--namespaced=false",
    "-o",
    "name",
    "--verbs=delete",
    "--api-group=",
  );
  assert.equal(names, "namespaces\nnodes\npersistentvolumes\n");
  assert.match(await cluster.kubectl("api-versions"), /^example\.com\/v1$/m);
});

test("explain tells of kinds and fields", async () => {
  const explain = async (...args: string[]) => (await cluster.kubectl("explain", ...args)).replaceAll(/ +/g, " ");
  const pod = await explain("pod");
  assert.match(pod, /^KIND: Pod\nVERSION: v1\n/);
  assert.match(pod, /^ spec\t<(Object|PodSpec)>/m);
  const image = await explain("deployment.spec.template.spec.containers.image");
  assert.match(image, /^KIND: Deployment$/m);
  assert.match(image, /^FIELD: image <string>$/m);
  const recursive = await explain("service", "--recursive");
  assert.match(recursive, /^ +clusterIP\t<string>$/m);
  assert.match(await explain("ingress", "--api-version=networking.k8s.io/v1"), /^KIND: Ingress$/m);
  assert.equal(await cluster.failure("explain", "pod.none"), 'error: field "none" does not exist\n');
});

test("explain tells of custom kinds", async () => {
  const printed = (await cluster.kubectl("explain", "boat.spec")).replaceAll(/ +/g, " ");
  assert.match(printed, /^(GROUP: example\.com\nKIND: Boat\nVERSION: v1|KIND: Boat\nVERSION: example\.com\/v1)\n/);
  assert.match(printed, /How it is built\./);
  assert.match(printed, /^ crew\t<integer> -required-\n *How many sail it\.$/m);
});

test("custom objects are applied, validated, listed, patched and scaled", async () => {
  assert.equal(await cluster.apply(boat("argo", { crew: 50 })), "boat.example.com/argo created\n");
  assert.equal(await cluster.apply(boat("argo", { crew: 50 })), "boat.example.com/argo unchanged\n");
  assert.match(await cluster.kubectl("get", "bt"), /^NAME +CREW\nargo +50\n$/);
  assert.match(await cluster.kubectl("get", "boats", "-o", "wide"), /^NAME +CREW +SAILS\nargo +50 +white\n$/);
  assert.match(await cluster.kubectl("get", "all"), /^boat\.example\.com\/argo +50$/m);
  assert.equal(
    await cluster.failure("create", "-f", cluster.file("boat.json", boat("empty", { crew: 0 }))),
    'The Boat "empty" is invalid: spec.crew: Invalid value: 0: spec.crew in body should be greater than or equal to 1\n',
  );
  const patch = ["patch", "boat", "argo", "--type=merge", "-p", '{"spec":{"sails":"black"}}'];
  assert.equal(await cluster.kubectl(...patch), "boat.example.com/argo patched\n");
  assert.equal(await cluster.kubectl("scale", "boat/argo", "--replicas=49"), "boat.example.com/argo scaled\n");
  assert.equal(await cluster.field("boat/argo", ".spec"), '{"crew":49,"sails":"black"}');
  assert.equal(await cluster.kubectl("label", "boat", "argo", "a=b"), "boat.example.com/argo labeled\n");
  assert.match(await cluster.kubectl("describe", "boat", "argo"), /^ +Sails: +black$/m);
});

test("wait sees a definition established, and objects go with it", async () => {
  assert.equal(
    await cluster.awaited("condition=Established", "crd/boats.example.com"),
    "customresourcedefinition.apiextensions.k8s.io/boats.example.com condition met\n",
  );
  assert.equal(
    await cluster.kubectl("delete", "crd", "boats.example.com"),
    'customresourcedefinition.apiextensions.k8s.io "boats.example.com" deleted\n',
  );
  await waitFor("boats are not served any more", async () => (await cluster.run(["get", "boats"])).code !== 0);
  assert.match(
    await cluster.failure("get", "boats"),
    /^error: the server doesn't have a resource type "boats"|^Error from server \(NotFound\): /,
  );
});
