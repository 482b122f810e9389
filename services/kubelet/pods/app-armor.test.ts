import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { appArmorProblem } from "./app-armor.ts";

const profile = (type: string) => ({ appArmorProfile: { type } });
const disabled = "Cannot enforce AppArmor: AppArmor is not enabled on the host";

const table: [what: string, spec: PodSpec, problem: string | undefined][] = [
  ["no profile", {}, undefined],
  ["none on purpose", { securityContext: profile("Unconfined") }, undefined],
  ["a profile of the pod's", { securityContext: profile("RuntimeDefault") }, disabled],
  ["a profile of a container's", { initContainers: [{ securityContext: profile("Localhost") }] }, disabled],
];
for (const [what, spec, problem] of table)
  test(`a machine without AppArmor, and a pod with ${what}`, () => {
    assert.equal(appArmorProblem({ spec }, false), problem);
    assert.equal(appArmorProblem({ spec }, true), undefined);
  });
