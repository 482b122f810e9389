import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec, PodStatus } from "../../../gen/typernetes/core/v1/pod.ts";
import { faultsOf } from "../testing/faults.ts";
import { newPod } from "../testing/new-pod.ts";
import { validatePodStatusUpdate } from "./validate-status.ts";

const ended = (exitCode: number) => [{ name: "main", state: { terminated: { exitCode } } }];
const again = [{ name: "main", state: { running: {} } }];

const rules: readonly [string, PodSpec, PodStatus, PodStatus, string | undefined][] = [
  ["an address", {}, {}, { podIPs: [{ ip: "10.0.0.1" }] }, undefined],
  ["two families", {}, {}, { podIPs: [{ ip: "10.0.0.1" }, { ip: "::2" }] }, undefined],
  [
    "two of a family",
    {},
    {},
    { podIPs: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }] },
    'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
  ],
  [
    "another host",
    {},
    {},
    { hostIP: "10.0.0.1", hostIPs: [{ ip: "10.0.0.2" }] },
    'status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`',
  ],
  [
    "another class",
    {},
    { qosClass: "Burstable" },
    { qosClass: "BestEffort" },
    'status.qosClass: Invalid value: "BestEffort": field is immutable',
  ],
  [
    "a nameless condition",
    {},
    {},
    { conditions: [{ type: "a/b/c" }] },
    "metadata.conditions[0].Type: Invalid value: \"a/b/c\": a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
  ],
  ["a restart", {}, { containerStatuses: ended(0) }, { containerStatuses: again }, undefined],
  [
    "a restart that is not allowed",
    { restartPolicy: "Never" },
    { containerStatuses: ended(1) },
    { containerStatuses: again },
    "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state",
  ],
  [
    "a restart after failure",
    { restartPolicy: "OnFailure" },
    { containerStatuses: ended(1) },
    { containerStatuses: again },
    undefined,
  ],
  [
    "a restart after success",
    { restartPolicy: "OnFailure" },
    { initContainerStatuses: ended(0) },
    { initContainerStatuses: again },
    "status.initContainerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state",
  ],
];

for (const [name, spec, old, now, expected] of rules)
  test(`status of a pod: ${name}`, () => {
    const [before, after] = [
      { ...newPod(spec), status: old },
      { ...newPod(spec), status: now },
    ];
    assert.deepEqual(
      faultsOf((errors) => validatePodStatusUpdate(after, before, errors)),
      expected ? [expected] : [],
    );
  });
