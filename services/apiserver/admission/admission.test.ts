import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const namespace = "default";
const spec = { containers: [{ name: "c", image: "i" }] };
const clock = new SimulatedClock();
let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver({ clock, disableAdmissionPlugins: [] });
  client = server.client();
});
after(() => server.close());

test("nothing is made in a namespace that is not there", async () => {
  const object = { metadata: { name: "x", namespace: "nowhere" } };
  await assert.rejects(client.core.v1.configmaps.create(object), {
    reason: "NotFound",
    message: 'namespaces "nowhere" not found',
  });
});

test("a pod waits a moment for its namespace's default account, which a controller makes", async () => {
  const { pods, serviceaccounts } = client.core.v1;
  const { pending } = clock;
  const creating = pods.create({ metadata: { name: "early", namespace }, spec });
  await eventually(() => clock.pending > pending);
  await serviceaccounts.create({ metadata: { name: "default", namespace }, imagePullSecrets: [{ name: "pull" }] });
  await clock.advance(100);
  const pod = await creating;
  assert.equal(pod.spec?.serviceAccountName, "default");
  assert.deepEqual(pod.spec?.imagePullSecrets, [{ name: "pull" }]);
});

test("a pod with an account that is not there is refused", async () => {
  const object = { metadata: { name: "p", namespace }, spec: { ...spec, serviceAccountName: "ghost" } };
  await assert.rejects(client.core.v1.pods.create(object), {
    reason: "Forbidden",
    message: 'pods "p" is forbidden: error looking up service account default/ghost: serviceaccount "ghost" not found',
  });
});

test("a pod stays five minutes on a lost node, unless it says otherwise", async () => {
  const { pods } = client.core.v1;
  const plain = await pods.create({ metadata: { name: "plain", namespace }, spec });
  const seconds = plain.spec?.tolerations?.map((it) => [it.key, it.effect, it.tolerationSeconds]);
  assert.deepEqual(seconds, [
    ["node.kubernetes.io/not-ready", "NoExecute", 300],
    ["node.kubernetes.io/unreachable", "NoExecute", 300],
  ]);
  const own = [
    { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 },
  ];
  const patient = await pods.create({ metadata: { name: "own", namespace }, spec: { ...spec, tolerations: own } });
  assert.deepEqual(
    patient.spec?.tolerations?.map((it) => it.tolerationSeconds),
    [5, 300],
  );
});
