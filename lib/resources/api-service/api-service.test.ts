import assert from "node:assert/strict";
import { test } from "node:test";
import type { APIServiceSpec } from "../../../gen/typernetes/apiregistration/v1/api_service.ts";
import { createFaults, printed } from "../testing/faults.ts";
import { apiService as strategy } from "./strategy.ts";

const service = { namespace: "n", name: "s" };
const newService = (spec: APIServiceSpec = {}, name = "v1.a.example.com") => ({
  metadata: { name, creationTimestamp: "2025-01-01T00:00:00Z" },
  spec: { group: "a.example.com", version: "v1", groupPriorityMinimum: 100, versionPriority: 10, ...spec },
});

const rules: readonly [APIServiceSpec, string[]][] = [
  [{}, []],
  [{ service, insecureSkipTLSVerify: true }, []],
  [{ caBundle: "AAAA" }, ['spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle']],
  [
    { insecureSkipTLSVerify: true },
    ["spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify"],
  ],
  [
    { service, caBundle: "AAAA", insecureSkipTLSVerify: true },
    ["spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present"],
  ],
  [
    { service: { port: 70_000 } },
    [
      "spec.service.namespace: Required value",
      "spec.service.name: Required value",
      "spec.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive",
    ],
  ],
  [
    { groupPriorityMinimum: 0, versionPriority: 1001 },
    [
      "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000",
      "spec.versionPriority: Invalid value: 1001: must be positive and less than 1000",
    ],
  ],
  [
    { version: "v2" },
    ['metadata.name: Invalid value: "v1.a.example.com": must be `spec.version+"."+spec.group`: "v2.a.example.com"'],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of API services: ${expected[0] ?? JSON.stringify(spec)}`, () => {
    assert.deepEqual(createFaults(strategy, newService(spec)), expected);
  });

test("only v1 may be without group", () => {
  assert.deepEqual(createFaults(strategy, newService({ group: "" }, "v1.")), []);
  assert.deepEqual(createFaults(strategy, newService({ group: "", version: "v2" }, "v2.")), [
    "spec.group: Required value: only v1 may have an empty group and it better be legacy kube",
  ]);
});

test("what the server serves itself is available at once; others are asked on port 443 unless they say otherwise", () => {
  const now = Date.parse("2025-01-01T00:01:00Z");
  const local = newService();
  strategy.prepareForCreate?.(local);
  assert.equal(printed(strategy, local, now), "Service=Local Available=True Age=60s | ");
  const remote = newService({ service: { ...service } });
  strategy.defaults?.(remote);
  assert.equal(remote.spec.service?.port, 443);
  const status = { conditions: [{ type: "Available", status: "False", reason: "MissingEndpoints" }] };
  assert.equal(
    printed(strategy, { ...remote, status }, now),
    "Service=n/s Available=False (MissingEndpoints) Age=60s | ",
  );
  assert.equal(printed(strategy, remote, now), "Service=n/s Available=Unknown Age=60s | ");
});
