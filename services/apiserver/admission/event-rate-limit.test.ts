import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { startTestApiserver } from "../test-harness.ts";
import { readAdmissionConfiguration } from "./admission-configuration.ts";

async function configured(limits: object[], inOtherFile = false) {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-admission-"));
  try {
    const configuration = { apiVersion: "eventratelimit.admission.k8s.io/v1alpha1", kind: "Configuration", limits };
    writeFileSync(join(directory, "limits.yaml"), JSON.stringify(configuration));
    const plugin = { name: "EventRateLimit", ...(inOtherFile ? { path: "limits.yaml" } : { configuration }) };
    const all = { apiVersion: "apiserver.config.k8s.io/v1", kind: "AdmissionConfiguration", plugins: [plugin] };
    writeFileSync(join(directory, "admission.yaml"), JSON.stringify(all));
    return await readAdmissionConfiguration(join(directory, "admission.yaml"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test("events are limited by namespace, by user and by what they are about", async () => {
  const limits = [
    { type: "Namespace", qps: 1, burst: 3 },
    { type: "SourceAndObject", qps: 1, burst: 1, cacheSize: 10 },
  ];
  const admissionConfiguration = await configured(limits, true);
  const clock = new SimulatedClock();
  const server = await startTestApiserver({
    clock,
    admissionConfiguration,
    enableAdmissionPlugins: ["EventRateLimit"],
  });
  try {
    const { events } = server.client().core.v1;
    const write = (about: string, namespace = "default", options = {}) =>
      events.create(
        { metadata: { generateName: "e-", namespace }, involvedObject: { kind: "Pod", name: about, namespace } },
        options,
      );
    await write("a");
    await write("a", "default", { dryRun: ["All"] });
    await assert.rejects(write("a"), {
      reason: "TooManyRequests",
      message: "limit reached on type SourceAndObject for key __Pod_default_a__",
    });
    await write("b");
    await assert.rejects(write("c"), { message: "limit reached on type Namespace for key default" });
    await write("c", "kube-system");
    await clock.advance(1000);
    await write("a");
  } finally {
    await server.close();
  }
});

test("a configuration that limits nothing, or another plugin, is refused", async () => {
  const start = async (admissionConfiguration: Awaited<ReturnType<typeof configured>>) => {
    await (await startTestApiserver({ admissionConfiguration })).close();
  };
  await assert.rejects(
    configured([]).then((admissionConfiguration) => start(admissionConfiguration)),
    /limits: Required/,
  );
  await assert.rejects(
    configured([{ type: "Server", qps: 0, burst: 1 }]).then((admissionConfiguration) => start(admissionConfiguration)),
    /limits\[0\]\.qps: must be positive/,
  );
});

test("a server that is to limit events without being told how does not start", async () => {
  await assert.rejects(startTestApiserver({ enableAdmissionPlugins: ["EventRateLimit"] }), {
    message: 'couldn\'t init admission plugin "EventRateLimit": limits: Required value',
  });
});
