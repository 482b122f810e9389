import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { isReady, restarts, shell, TestKubelet } from "./test-kubelet.ts";
import { processMachine } from "./test-process-machine.ts";

let node: TestKubelet;
before(async () => {
  node = await TestKubelet.start({ machine: await processMachine() });
});
after(() => node.close());

function terminated(pod: Pod) {
  return pod.status?.containerStatuses?.[0]?.state?.terminated;
}

function waiting(pod: Pod) {
  return pod.status?.containerStatuses?.[0]?.state?.waiting;
}

test("config maps and secrets: as variables, and as files", async () => {
  const { configmaps, secrets } = node.client.core.v1;
  const config = { metadata: { namespace: "default", name: "config" }, data: { GREETING: "hello", "a.txt": "text" } };
  await configmaps.create(config);
  await secrets.create({
    metadata: { namespace: "default", name: "secret" },
    data: { PASSWORD: Buffer.from("xyz").toString("base64") },
  });
  const container = shell(
    "echo $GREETING $PASSWORD $NAMED $POD; cat /config/a.txt /secret/PASSWORD; stat -L -c %a /secret/PASSWORD; sleep 1000",
    {
      envFrom: [{ configMapRef: { name: "config" } }, { secretRef: { name: "secret" } }],
      env: [
        { name: "NAMED", value: "$(GREETING)-$(NOBODY)" },
        { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      ],
      volumeMounts: [
        { name: "config", mountPath: "/config" },
        { name: "secret", mountPath: "/secret", readOnly: true },
      ],
    },
  );
  await node.create("configured", container, {
    volumes: [
      { name: "config", configMap: { name: "config" } },
      { name: "secret", secret: { secretName: "secret", defaultMode: 0o400 } },
    ],
  });
  await node.until("configured", isReady);
  await eventually(
    async () => (await node.logs("configured")) === "hello xyz hello-$(NOBODY) configured\ntextxyz400\n",
  );
});

test("an ordinary user has the volumes of its pod: by the pod's group, and by everybody's right", async () => {
  const data = { token: Buffer.from("xyz").toString("base64") };
  await node.client.core.v1.secrets.create({ metadata: { namespace: "default", name: "grouped" }, data });
  const script =
    "id -u; id -G; cat /secret/token; echo > /data/x && stat -c %g /data/x; echo bye > /dev/termination-log";
  const volumeMounts = [
    { name: "secret", mountPath: "/secret" },
    { name: "data", mountPath: "/data" },
  ];
  await node.create("ordinary", shell(script, { volumeMounts }), {
    restartPolicy: "Never",
    securityContext: { runAsUser: 1234, runAsGroup: 1234, runAsNonRoot: true, fsGroup: 2345 },
    volumes: [
      { name: "secret", secret: { secretName: "grouped", defaultMode: 0o400 } },
      { name: "data", emptyDir: {} },
    ],
  });
  const pod = await node.until("ordinary", ({ status }) => status?.phase === "Succeeded");
  assert.equal(terminated(pod)?.message, "bye\n");
  assert.equal(await node.logs("ordinary"), "1234\n1234 2345\nxyz2345\n");
});

test("a container that must not run as root does not, when its image would", async () => {
  await node.create("rootless", { command: ["true"] }, { securityContext: { runAsNonRoot: true } });
  const pod = await node.until("rootless", (it) => waiting(it)?.reason === "CreateContainerConfigError");
  assert.match(waiting(pod)?.message ?? "", /^container has runAsNonRoot and image will run as root/);
});

test("a missing config map holds the container back until it is there", async () => {
  const container = shell("echo $KEY; sleep 1000", {
    env: [{ name: "KEY", valueFrom: { configMapKeyRef: { name: "late", key: "key" } } }],
  });
  await node.create("early", container);
  const held = await node.until("early", (pod) => waiting(pod)?.reason === "CreateContainerConfigError");
  assert.equal(waiting(held)?.message, 'configmap "late" not found');
  await node.client.core.v1.configmaps.create({
    metadata: { namespace: "default", name: "late" },
    data: { key: "value" },
  });
  const pod = await node.until("early", isReady);
  assert.equal(restarts(pod), 0, JSON.stringify([pod.status, await node.events("early")]));
  assert.equal(await eventually(async () => (await node.logs("early")) || undefined), "value\n");
});
