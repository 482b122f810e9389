import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerConfig, ContainerSecurity } from "../runtime.ts";
import { containerOptions } from "./container-options.ts";
import { containerConfig } from "./test-config.ts";

const scope = { cluster: "c", nodeName: "n" };
const place = { sandboxId: "s", pod: { namespace: "ns", name: "p", uid: "u" }, mounts: [], hostIPC: false };
const defaults = { seccompDefault: false, imageUser: "", logLimits: { maxSizeBytes: 65536, maxFiles: 2 } };
const plain = containerConfig("true").security;

function optionsOf(changes: Partial<ContainerConfig>, more: object = {}) {
  return containerOptions(containerConfig("true", changes), place, scope, { ...defaults, ...more });
}

test("users and groups as Docker writes them", () => {
  const cases: [Partial<ContainerSecurity>, string, string | undefined][] = [
    [{}, "1000", undefined],
    [{ runAsUser: 0 }, "1000", "0"],
    [{ runAsUser: 5, runAsGroup: 6 }, "1000", "5:6"],
    [{ runAsGroup: 6 }, "1000:1000", "1000:6"],
    [{ runAsGroup: 6 }, "", "0:6"],
  ];
  for (const [security, imageUser, user] of cases) {
    assert.equal(optionsOf({ security: { ...plain, ...security } }, { imageUser }).User, user);
  }
});

test("limits are never more than the machine or the kernel allows to ask for", () => {
  const cases: [ContainerConfig["resources"], object][] = [
    [{ cpuLimit: 64 }, { CpuPeriod: 100_000, CpuQuota: 6_400_000 }],
    [{ cpuLimit: 0.001 }, { CpuPeriod: 100_000, CpuQuota: 1_000 }],
    [{ cpuShares: 1 }, { CpuShares: 2 }],
    [{ memoryLimitBytes: 1e9 }, { Memory: 1e9, MemorySwap: 1e9 }],
    [{ pidsLimit: 7 }, { PidsLimit: 7 }],
  ];
  for (const [resources, expected] of cases) {
    const { HostConfig } = optionsOf({ resources });
    assert.deepEqual({ ...HostConfig, ...expected }, HostConfig);
    assert.ok(!("OomScoreAdj" in (HostConfig ?? {})));
  }
});

test("a privileged container on a limited machine gets what there is", () => {
  const security = { ...plain, privileged: true };
  assert.equal(optionsOf({ security }).HostConfig?.Privileged, true);
  const limited = optionsOf({ security }, { limitedCapabilities: ["CHOWN"] }).HostConfig;
  assert.equal(limited?.Privileged, undefined);
  assert.deepEqual(limited?.CapAdd, ["CHOWN"]);
  assert.deepEqual(
    limited?.Mounts?.map((mount) => mount.Target),
    ["/sys"],
  );
  const mounts = [{ hostPath: "/x", containerPath: "/sys", readOnly: true }];
  const own = optionsOf({ security, mounts }, { limitedCapabilities: ["CHOWN"] }).HostConfig?.Mounts;
  assert.deepEqual(
    own?.map((mount) => mount.Source),
    ["/x"],
  );
  const all = { ...plain, addCapabilities: ["ALL"] };
  assert.deepEqual(optionsOf({ security: all }, { limitedCapabilities: ["CHOWN"] }).HostConfig?.CapAdd, ["CHOWN"]);
  assert.deepEqual(optionsOf({ security: all }).HostConfig?.CapAdd, ["ALL"]);
});

test("Docker's system call filter is used where the kubelet wants it", () => {
  assert.deepEqual(optionsOf({}).HostConfig?.SecurityOpt, ["seccomp=unconfined"]);
  assert.equal(optionsOf({}, { seccompDefault: true }).HostConfig?.SecurityOpt, undefined);
});

test("logs are kept as the limits say, or for good", () => {
  const logOf = (logLimits: object) => optionsOf({}, { logLimits }).HostConfig?.LogConfig;
  const limited = { Type: "json-file", Config: { "max-size": "65536", "max-file": "2" } };
  assert.deepEqual(logOf({ maxSizeBytes: 65_536, maxFiles: 2 }), limited);
  assert.deepEqual(logOf({ maxSizeBytes: Number.POSITIVE_INFINITY, maxFiles: 2 }), { Type: "json-file", Config: {} });
});
