import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApiserver } from "../test-harness.ts";

test("devices that others use are asked for in labelled namespaces only, by claims and by their templates", async () => {
  const server = await startTestApiserver();
  try {
    const { core, resource } = server.client();
    const label = async (name: string, value: string) => {
      const labels = { "resource.kubernetes.io/admin-access": value };
      await core.v1.namespaces.create({ metadata: { name, labels } });
    };
    await label("keepers", "true");
    await label("guests", "TRUE");
    const spec = (adminAccess: boolean) => ({
      devices: {
        requests: [
          { name: "a", exactly: { deviceClassName: "gpu" } },
          { name: "b", exactly: { deviceClassName: "gpu", adminAccess } },
        ],
      },
    });
    const claim = (namespace: string, adminAccess: boolean) =>
      resource.v1.resourceclaims.create({ metadata: { name: "c", namespace }, spec: spec(adminAccess) });
    const template = (namespace: string) =>
      resource.v1.resourceclaimtemplates.create({ metadata: { name: "t", namespace }, spec: { spec: spec(true) } });
    const told =
      "admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace";
    const refusal = (kind: string, name: string) => ({
      reason: "Invalid",
      message: `${kind}.resource.k8s.io "${name}" is invalid: spec.devices.requests[1].adminAccess: Forbidden: ${told}`,
    });
    for (const namespace of ["default", "guests"]) {
      await assert.rejects(claim(namespace, true), refusal("ResourceClaim", "c"));
      await assert.rejects(template(namespace), refusal("ResourceClaimTemplate", "t"));
      await claim(namespace, false);
    }
    await claim("keepers", true);
    await template("keepers");
  } finally {
    await server.close();
  }
});
