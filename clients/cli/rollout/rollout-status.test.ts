import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import { rolloutStatus } from "./rollout-status.ts";

const status = (deployment: Deployment, revision = 0) =>
  rolloutStatus({ kind: "Deployment", object: deployment }, revision);
const web = (replicas: number, counts: Deployment["status"], generation = 1): Deployment => ({
  metadata: { name: "web", generation, annotations: { "deployment.kubernetes.io/revision": "2" } },
  spec: { replicas },
  status: { observedGeneration: 1, ...counts },
});

const cases: readonly [deployment: Deployment, message: string][] = [
  [web(3, {}, 2), "Waiting for deployment spec update to be observed..."],
  [
    web(3, { updatedReplicas: 1, replicas: 4 }),
    'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...',
  ],
  [
    web(3, { updatedReplicas: 3, replicas: 4 }),
    'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...',
  ],
  [
    web(3, { updatedReplicas: 3, replicas: 3, availableReplicas: 2 }),
    'Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...',
  ],
  [web(3, { updatedReplicas: 3, replicas: 3, availableReplicas: 3 }), 'deployment "web" successfully rolled out'],
  [web(0, {}), 'deployment "web" successfully rolled out'],
];

describe("how far a rollout is", () => {
  for (const [deployment, message] of cases) {
    test(message, () => {
      assert.deepEqual(status(deployment), { message, isDone: message.endsWith("rolled out") });
    });
  }

  test("a rollout past its deadline has failed", () => {
    const late = web(1, { conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }] });
    assert.throws(() => status(late), /^CliError: deployment "web" exceeded its progress deadline$/);
  });

  test("another revision than the one asked for is an error", () => {
    assert.throws(() => status(web(0, {}), 1), /desired revision \(1\) is different from the running revision \(2\)/);
  });

  test("daemon sets and stateful sets have lines of their own", () => {
    const daemonSet = {
      metadata: { name: "d", generation: 1 },
      spec: { updateStrategy: { type: "RollingUpdate" } },
      status: { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 1 },
    };
    assert.equal(
      rolloutStatus({ kind: "DaemonSet", object: daemonSet }, 0).message,
      'Waiting for daemon set "d" rollout to finish: 1 out of 2 new pods have been updated...',
    );
    const statefulSet = {
      metadata: { name: "s", generation: 1 },
      spec: { replicas: 2, updateStrategy: { type: "RollingUpdate" } },
      status: { observedGeneration: 1, readyReplicas: 1 },
    };
    assert.equal(
      rolloutStatus({ kind: "StatefulSet", object: statefulSet }, 0).message,
      "Waiting for 1 pods to be ready...",
    );
  });
});
