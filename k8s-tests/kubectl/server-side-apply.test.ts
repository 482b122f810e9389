import assert from "node:assert/strict";
import { test } from "node:test";
import { deployment, kubectlCluster } from "./kubectl-cluster.ts";

const cluster = kubectlCluster();
const configMap = (data: Record<string, string>) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shared" } },
  data,
});

function applyAs(manager: string, manifest: object, ...flags: string[]) {
  const args = ["apply", "--server-side", `--field-manager=${manager}`, "-f", "-", ...flags];
  return cluster.run(args, { input: JSON.stringify(manifest) });
}

test("fields have owners, and taking them from another needs force", async () => {
  const first = await applyAs("ada", configMap({ colour: "blue", size: "1" }));
  assert.equal(first.stdout, "configmap/shared serverside-applied\n", first.stderr);
  const conflict = await applyAs("bob", configMap({ colour: "red" }));
  assert.equal(conflict.code, 1);
  assert.match(conflict.stderr, /Apply failed with 1 conflict: conflict with "ada"( using v1)?: \.data\.colour\n/);
  assert.match(conflict.stderr, /^Please review the fields above--they currently have other managers\. /m);
  const forced = await applyAs("bob", configMap({ colour: "red" }), "--force-conflicts");
  assert.equal(forced.stdout, "configmap/shared serverside-applied\n", forced.stderr);
  const managed = await cluster.kubectl(
    "get",
    "configmap",
    "shared",
    "-o",
    "json",
    ...(cluster.minor >= 21 ? ["--show-managed-fields"] : []),
  );
  const { metadata }: { metadata: { managedFields: { manager: string; operation: string; fieldsV1: object }[] } } =
    JSON.parse(managed);
  assert.deepEqual(
    metadata.managedFields.map(({ manager, operation, fieldsV1 }) => [manager, operation, fieldsV1]),
    [
      ["ada", "Apply", { "f:data": { "f:size": {} } }],
      ["bob", "Apply", { "f:data": { "f:colour": {} } }],
    ],
  );
});

test("what its owner applies no more goes, what another owns stays", async () => {
  await applyAs("ada", configMap({}));
  assert.equal(await cluster.field("configmap/shared", ".data"), '{"colour":"red"}');
});

test("client-side apply is taken over by server-side apply", async () => {
  await cluster.apply(deployment("migrated", 0, "host:1"));
  const { stdout, stderr } = await cluster.run(["apply", "--server-side", "--force-conflicts", "-f", "-"], {
    input: JSON.stringify(deployment("migrated", 0, "host:2")),
  });
  assert.equal(stdout, "deployment.apps/migrated serverside-applied\n", stderr);
  assert.equal(await cluster.field("deployment/migrated", ".spec.template.spec.containers[0].image"), "host:2");
});
