import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startTestApiserver } from "../test-harness.ts";
import { startTestWebhooks } from "./webhooks/test-webhook-server.ts";

const namespace = "default";

test("plugins that are off otherwise are asked where they are wanted", async () => {
  const enableAdmissionPlugins = ["AlwaysPullImages", "ExtendedResourceToleration", "StorageObjectInUseProtection"];
  const server = await startTestApiserver({ enableAdmissionPlugins });
  try {
    const { pods, persistentvolumeclaims } = server.client().core.v1;
    const resources = { limits: { "example.com/gpu": "1" } };
    const containers = [{ name: "c", image: "i:1", imagePullPolicy: "Never", resources }];
    const volumes = [{ name: "v", image: { reference: "i:1", pullPolicy: "Never" } }];
    const { spec } = await pods.create({ metadata: { name: "p", namespace }, spec: { containers, volumes } });
    assert.equal(spec?.volumes?.find(({ name }) => name === "v")?.image?.pullPolicy, "Always");
    assert.equal(spec?.containers?.[0]?.imagePullPolicy, "Always");
    assert.ok(spec?.tolerations?.some(({ key, operator }) => key === "example.com/gpu" && operator === "Exists"));
    const { metadata } = await persistentvolumeclaims.create({
      metadata: { name: "c", namespace },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    assert.deepEqual(metadata?.finalizers, ["kubernetes.io/pvc-protection"]);
  } finally {
    await server.close();
  }
});

test("what webhooks note stands in the audit log", async () => {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-annotations-"));
  const [policyFile, logPath] = [join(directory, "policy.yaml"), join(directory, "audit.log")];
  const rule = { level: "Metadata", resources: [{ group: "", resources: ["configmaps"] }] };
  writeFileSync(policyFile, JSON.stringify({ apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [rule] }));
  const hooks = await startTestWebhooks();
  hooks.webhooks.set("note", () => ({ allowed: true, auditAnnotations: { key: "value" } }));
  const server = await startTestApiserver({ audit: { policyFile, logPath } });
  try {
    const client = server.client();
    const configurations = client.admissionregistration.v1.validatingwebhookconfigurations;
    await configurations.create({
      metadata: { name: "notes" },
      webhooks: [
        {
          name: "note.example.com",
          clientConfig: hooks.at("note"),
          rules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }],
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
        },
      ],
    });
    await configurations.list();
    await client.core.v1.configmaps.create({ metadata: { name: "noted", namespace } });
  } finally {
    await server.close();
    await hooks.close();
  }
  const last = readFileSync(logPath, "utf8").trim().split("\n").at(-1) ?? "";
  rmSync(directory, { recursive: true, force: true });
  assert.deepEqual(JSON.parse(last).annotations, { "note.example.com/key": "value" });
});
