import assert from "node:assert/strict";
import type { Behaviours } from "../support/behaviours.ts";
import { isReady } from "../support/pods.ts";

const often = { periodSeconds: 1, timeoutSeconds: 30, failureThreshold: 1 };

export const probeBehaviours: Behaviours = {
  "probes over HTTP and TCP ask the pod at its address, by number and by name": async (cluster) => {
    const script = [
      "mkdir -p /tmp/www; echo yes > /tmp/www/ready",
      "busybox httpd -p 8080 -h /tmp/www",
      "nc -ll -p 9090 -e true & echo $! > /tmp/listener",
      "while :; do sleep 0.1; done",
    ].join("; ");
    const main = cluster.shell(script, {
      ports: [{ name: "web", containerPort: 8080 }],
      startupProbe: { ...often, failureThreshold: 100, httpGet: { port: 8080, path: "/ready" } },
      readinessProbe: { ...often, httpGet: { port: "web", path: "/ready" } },
      livenessProbe: { ...often, tcpSocket: { port: 9090 } },
    });
    await cluster.create("asked", main, { restartPolicy: "Always" });
    await cluster.ready("asked");
    await cluster.exec("asked", "rm", "/tmp/www/ready");
    await cluster.until("asked", (pod) => !isReady(pod));
    await cluster.told("asked", "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404");
    await cluster.exec("asked", "sh", "-c", "kill $(cat /tmp/listener)");
    await cluster.until("asked", ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1);
    await cluster.told("asked", "Unhealthy: Liveness probe failed: dial tcp ");
    await cluster.ready("asked");
    await cluster.delete("asked");
  },

  "a probe that takes too long has failed, and what it ran is ended": async (cluster) => {
    const probe = { exec: { command: ["sh", "-c", "echo asked >> /tmp/asked; sleep 9999"] }, periodSeconds: 1 };
    const main = cluster.shell("while :; do sleep 0.1; done", { readinessProbe: { ...probe, timeoutSeconds: 1 } });
    await cluster.create("slow", main);
    await cluster.told("slow", "Unhealthy: Readiness probe failed: command timed out");
    await cluster.until("slow", (pod) => !isReady(pod));
    const running = await cluster.exec("slow", "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    assert.ok((running.match(/sleep 9999/g) ?? []).length <= 4, running);
    await cluster.delete("slow");
  },
};
