import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const place = { namespace: "default" };
let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver({ disableAdmissionPlugins: [] });
  client = server.client();
  const imagePullSecrets = [{ name: "registry" }];
  await client.core.v1.serviceaccounts.create({ metadata: { name: "default", ...place }, imagePullSecrets });
  await client.core.v1.serviceaccounts.create({
    metadata: { name: "quiet", ...place },
    automountServiceAccountToken: false,
  });
});
after(() => server.close());

function create(name: string, spec: Pod["spec"] = {}): Promise<Pod> {
  const containers = [{ name: "c", image: "i" }];
  return client.core.v1.pods.create({ metadata: { name, ...place }, spec: { containers, ...spec } });
}

test("a pod is given a token of its account, the authority and its namespace, in every container", async () => {
  const { spec } = await create("plain", { initContainers: [{ name: "init", image: "i" }] });
  assert.equal(spec?.serviceAccountName, "default");
  assert.deepEqual(spec?.imagePullSecrets, [{ name: "registry" }]);
  const [volume] = spec?.volumes ?? [];
  assert.match(volume?.name ?? "", /^kube-api-access-[a-z0-9]{5}$/);
  assert.deepEqual(volume?.projected, {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
        },
      },
    ],
  });
  const mount = { name: volume?.name, readOnly: true, mountPath: tokenPath };
  for (const container of [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]) {
    assert.deepEqual(container.volumeMounts, [mount]);
  }
});

test("account and pod say whether there is a token; the pod has the last word", async () => {
  assert.equal((await create("of-quiet", { serviceAccountName: "quiet" })).spec?.volumes, undefined);
  assert.equal((await create("without", { automountServiceAccountToken: false })).spec?.volumes, undefined);
  const pod = await create("with", { serviceAccountName: "quiet", automountServiceAccountToken: true });
  assert.equal(pod.spec?.volumes?.length, 1);
});

test("what a container mounts in the token's place stays", async () => {
  const volumeMounts = [{ name: "own", mountPath: tokenPath }];
  const containers = [{ name: "c", image: "i", volumeMounts }];
  const { spec } = await create("own", { containers, volumes: [{ name: "own", emptyDir: {} }] });
  assert.deepEqual(spec?.containers?.[0]?.volumeMounts, volumeMounts);
  assert.equal(spec?.volumes?.length, 1);
});

test("a kubelet writes its own node and its own pods only", async () => {
  const kubelet = server.client({ user: "system:node:n1", groups: ["system:nodes"] });
  const { nodes, pods } = kubelet.core.v1;
  const made = await nodes.create({ metadata: { name: "n1", labels: { "kubernetes.io/hostname": "n1" } } });
  const node = await nodes.updateStatus({ ...made, status: { ...made.status, phase: "Running" } });
  await assert.rejects(nodes.create({ metadata: { name: "n2" } }), {
    reason: "Forbidden",
    message: 'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
  });
  const labels = { ...node.metadata?.labels, "node-restriction.kubernetes.io/zone": "a" };
  await assert.rejects(nodes.update({ ...node, metadata: { ...node.metadata, labels } }), {
    message: /is not allowed to modify labels: node-restriction.kubernetes.io\/zone/,
  });
  await assert.rejects(
    nodes.update({ ...node, spec: { ...node.spec, taints: [{ key: "t", effect: "NoSchedule" }] } }),
    {
      message: /is not allowed to modify taints/,
    },
  );
  const [own, other] = [await create("on-n1", { nodeName: "n1" }), await create("on-n2", { nodeName: "n2" })];
  await pods.updateStatus({ ...own, status: { phase: "Running" } });
  await assert.rejects(pods.updateStatus({ ...other, status: { phase: "Running" } }), {
    message: /node "n1" can only update status for pods with spec.nodeName set to itself/,
  });
  await assert.rejects(pods.delete("on-n2", { ...place, gracePeriodSeconds: 0 }), { reason: "Forbidden" });
  await pods.delete("on-n1", { ...place, gracePeriodSeconds: 0 });
  await assert.rejects(
    pods.create({
      metadata: { name: "made", ...place },
      spec: { nodeName: "n1", containers: [{ name: "c", image: "i" }] },
    }),
    {
      message: /can only create mirror pods/,
    },
  );
});
