import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { defaultPodTemplate } from "./defaults.ts";

test("fields of features that are off are dropped; sidecars and other sources stay", () => {
  const restartPolicyRules = [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }];
  const spec: PodSpec = {
    containers: [{ name: "main", restartPolicy: "Never", restartPolicyRules }],
    initContainers: [
      { name: "sidecar", restartPolicy: "Always", restartPolicyRules },
      { name: "init", restartPolicy: "OnFailure" },
    ],
    ephemeralContainers: [{ name: "guest", restartPolicy: "Always", restartPolicyRules }],
    volumes: [
      {
        name: "all",
        projected: {
          sources: [
            { clusterTrustBundle: { name: "roots", path: "roots.pem" } },
            { podCertificate: { signerName: "example.com/signer", keyType: "ED25519" } },
            { secret: { name: "kept" } },
          ],
        },
      },
    ],
  };
  defaultPodTemplate({ spec });
  const kept = [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
  assert.deepEqual(
    kept.map(({ restartPolicy, restartPolicyRules: rules }) => [restartPolicy, rules]),
    [
      [undefined, undefined],
      ["Always", undefined],
      [undefined, undefined],
      [undefined, undefined],
    ],
  );
  assert.deepEqual(spec.volumes?.[0]?.projected?.sources, [{}, {}, { secret: { name: "kept" } }]);
});
