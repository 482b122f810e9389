import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PodSpec } from "../../../../gen/typernetes/core/v1/pod.ts";
import type { Client } from "../../../../lib/client/client.ts";
import { createClient } from "../../../../lib/client/create-client.ts";
import { administrator, startTestRestServer, type TestRestServer } from "../../rest/test-rest-server.ts";

const prefix = "pod-security.kubernetes.io/";
let server: TestRestServer;
let client: Client;

before(async () => {
  server = await startTestRestServer();
  client = createClient(server.apiserver.transportFor({ user: "admin", groups: ["system:masters"] }));
  for (const level of ["baseline", "restricted"])
    await client.core.v1.namespaces.create({ metadata: { name: level, labels: { [`${prefix}enforce`]: level } } });
  await client.core.v1.namespaces.create({ metadata: { name: "warned", labels: { [`${prefix}warn`]: "restricted" } } });
});
after(() => server.close());

const pod = (namespace: string, spec: PodSpec = {}, securityContext = {}) => ({
  metadata: { name: "p", namespace },
  spec: { containers: [{ name: "c", image: "i", securityContext }], ...spec },
});

const hardened = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

const refusals: readonly (readonly [string, PodSpec, object, string])[] = [
  ["baseline", { hostNetwork: true, hostPID: true }, {}, "host namespaces (hostNetwork=true, hostPID=true)"],
  [
    "baseline",
    { volumes: [{ name: "v", hostPath: { path: "/" } }] },
    { privileged: true, capabilities: { add: ["SYS_ADMIN"] } },
    'non-default capabilities (container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add), hostPath volumes (volume "v"), privileged (container "c" must not set securityContext.privileged=true)',
  ],
  [
    "restricted",
    {},
    {},
    'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  ],
  [
    "restricted",
    { volumes: [{ name: "v", hostPath: { path: "/" } }] },
    { ...hardened, runAsUser: 0 },
    'restricted volume types (volume "v" uses restricted volume type "hostPath"), runAsUser=0 (container "c" must not set runAsUser=0)',
  ],
];

for (const [level, spec, context, detail] of refusals)
  test(`${level} refuses: ${detail}`, async () => {
    await assert.rejects(client.core.v1.pods.create(pod(level, spec, context)), {
      reason: "Forbidden",
      message: `pods "p" is forbidden: violates PodSecurity "${level}:latest": ${detail}`,
    });
  });

test("who keeps to a level is let in", async () => {
  await client.core.v1.pods.create(pod("baseline"));
  await client.core.v1.pods.create(pod("restricted", {}, hardened));
});

test("who is only warned is let in, and workloads are warned of their pods", async () => {
  const rest = await server.client(administrator);
  const body = { apiVersion: "v1", kind: "Pod", ...pod("warned") };
  const { status, headers } = await rest.send("POST", "/api/v1/namespaces/warned/pods", { body });
  assert.equal(status, 201);
  assert.match(String(headers["warning"]), /would violate PodSecurity .*restricted:latest/);
  const deployment = {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" } },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: { ...pod("warned"), metadata: { labels: { a: "b" } } },
    },
  };
  const made = await rest.send("POST", "/apis/apps/v1/namespaces/warned/deployments", { body: deployment });
  assert.equal(made.status, 201);
  assert.match(String(made.headers["warning"]), /would violate PodSecurity/);
  rest.close();
});
