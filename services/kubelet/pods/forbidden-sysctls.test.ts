import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { forbiddenSysctl } from "./forbidden-sysctls.ts";

const asking = (name: string, more: Partial<PodSpec> = {}): PodSpec => ({
  ...more,
  securityContext: { sysctls: [{ name, value: "1" }] },
});

const table: [spec: PodSpec, problem: string | undefined][] = [
  [{}, undefined],
  [asking("kernel.shm_rmid_forced"), undefined],
  [asking("net/ipv4/tcp_syncookies"), undefined],
  [asking("kernel.msgmax"), 'forbidden sysctl: "kernel.msgmax" not allowlisted'],
  [
    asking("net.ipv4.tcp_syncookies", { hostNetwork: true }),
    'forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled',
  ],
  [
    asking("kernel.shm_rmid_forced", { hostIPC: true }),
    'forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host ipc enabled',
  ],
];
for (const [spec, problem] of table)
  test(`sysctls of ${JSON.stringify(spec)}: ${problem ?? "fine"}`, () =>
    assert.equal(forbiddenSysctl({ spec }), problem));

test("sysctls that the node's configuration allows are fine, by name or by beginning", () => {
  const spec = asking("kernel/msgmax");
  assert.equal(forbiddenSysctl({ spec }, ["kernel.msg*"]), undefined);
  assert.equal(forbiddenSysctl({ spec }, ["kernel.msgmax"]), undefined);
  assert.match(forbiddenSysctl({ spec }, ["kernel.shm*"]) ?? "", /not allowlisted/);
});
