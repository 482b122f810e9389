import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { waitFor } from "../../clients/sdk/index.ts";
import { mustRun } from "../support/program.ts";
import { type ContractsCluster, startContractsCluster } from "./contracts-cluster.ts";

/** The distribution's, which has the distribution's packages; another may come first on the path. */
const python = "/usr/bin/python3";
const plugin = "/usr/bin/grpc_python_plugin";
const contracts = join(import.meta.dirname, "../../proto");
const client = join(import.meta.dirname, "python");
const namespace = "default";

const needed = [python, plugin, "/usr/bin/protoc", "/usr/include/google/protobuf/descriptor.proto"];
const missing = needed.filter((path) => !existsSync(path));
const absent = missing.length > 0 && `${missing.join(", ")} not installed: see .ci/run`;
const skip = process.env["CI"] ? false : absent;

let cluster: ContractsCluster | undefined;
let stubs: string;

before(async () => {
  if (skip) return;
  stubs = mkdtempSync(join(tmpdir(), "typernetes-python-"));
  await generateStubs(stubs);
  cluster = await startContractsCluster();
  const { serviceaccounts } = cluster.client.core.v1;
  await waitFor(serviceaccounts, "default", (account) => account !== undefined, { namespace, timeoutMs: 60_000 });
});
after(async () => {
  await cluster?.stop();
  if (stubs) rmSync(stubs, { recursive: true, force: true });
});

/** Python modules of all contracts, made from nothing but `proto/`. */
async function generateStubs(folder: string): Promise<void> {
  const protos = readdirSync(contracts, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".proto"),
  );
  const outputs = [`--python_out=${folder}`, `--grpc_out=${folder}`, `--plugin=protoc-gen-grpc=${plugin}`];
  await mustRun("/usr/bin/protoc", [
    "-I",
    contracts,
    "-I",
    client,
    ...outputs,
    ...protos,
    "health.proto",
    "reflection.proto",
  ]);
}

test("a client in Python works with pods, from the contracts alone", { skip }, async () => {
  assert.ok(cluster);
  const args = [join(client, "client.py"), cluster.kubeconfig, namespace];
  const report = JSON.parse(await mustRun(python, args, { env: { ...process.env, PYTHONPATH: stubs } }));

  assert.equal(report.health, 1, "the server says that it serves");
  for (const name of ["typernetes.core.v1.PodService", "typernetes.dynamic.v1.DynamicService", "grpc.health.v1.Health"])
    assert.ok(report.services.includes(name), `reflection lists ${name}`);
  assert.deepEqual(report.podFields.sort(), ["apiVersion", "kind", "metadata", "spec", "status"]);

  assert.deepEqual(report.pods.listed, ["first", "second"]);
  assert.equal(report.pods.phase, "Pending");
  assert.equal(report.pods.port, "http");
  assert.deepEqual(report.pods.events.slice(0, 2), [
    ["ADDED", "first"],
    ["ADDED", "second"],
  ]);
  assert.deepEqual(report.pods.events.at(-1), ["DELETED", "second"]);
  assert.deepEqual(report.failure, ["NOT_FOUND", 'pods "absent" not found']);
  assert.equal(report.dynamic.kind, "ConfigMap");
  assert.ok(report.dynamic.metadata.uid);
  assert.deepEqual(Object.entries(report.dynamic.data), [["__proto__", "a"]]);

  const pod = await cluster.client.core.v1.pods.get("first", { namespace });
  assert.deepEqual(pod.metadata?.labels, { from: "python" });
  assert.equal(pod.spec?.containers?.[0]?.resources?.limits?.["cpu"], "250m");
  assert.equal(pod.spec?.containers?.[0]?.livenessProbe?.httpGet?.port, "http");
  assert.equal(pod.spec?.terminationGracePeriodSeconds, 0);
});

test("whoever shows no certificate is anonymous, and lists no pods", { skip }, async () => {
  assert.ok(cluster);
  const script = `
import grpc, sys
from typernetes.core.v1 import pod_pb2_grpc
from typernetes.meta.v1 import requests_pb2
import base64, yaml
config = yaml.safe_load(open(sys.argv[1]))
ca = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"])
channel = grpc.secure_channel(sys.argv[2], grpc.ssl_channel_credentials(ca))
try:
    pod_pb2_grpc.PodServiceStub(channel).List(requests_pb2.ListRequest(), timeout=60)
except grpc.RpcError as error:
    print(error.code().name, end="")
`;
  const args = ["-c", script, cluster.kubeconfig, `127.0.0.1:${cluster.grpcPort}`];
  assert.equal(await mustRun(python, args, { env: { ...process.env, PYTHONPATH: stubs } }), "PERMISSION_DENIED");
});
