import type { Behaviours } from "../support/behaviours.ts";
import { isReady } from "../support/pods.ts";
import { waitFor } from "../support/wait.ts";

const often = { periodSeconds: 1, timeoutSeconds: 30, failureThreshold: 1 };
/** Each failure is told, and of one pod no more than 25 things in a short time. */
const seldom = { ...often, periodSeconds: 3 };

export const probeBehaviours: Behaviours = {
  "probes over HTTP and TCP ask the pod at its address, by number and by name": async (cluster) => {
    const script = [
      "mkdir -p /tmp/www; busybox httpd -p 8080 -h /tmp/www",
      "nc -ll -p 9090 -e true & echo $! > /tmp/listener",
      // It is asked whether it lives as soon as it has started: it listens by then, on port 0x2382.
      "until cat /proc/net/tcp /proc/net/tcp6 | grep -q ':2382 0*:0000 0A'; do sleep 0.1; done; echo yes > /tmp/www/ready",
      "while :; do sleep 0.1; done",
    ].join("; ");
    const main = cluster.shell(script, {
      ports: [{ name: "web", containerPort: 8080 }],
      startupProbe: { ...seldom, failureThreshold: 100, httpGet: { port: 8080, path: "/ready" } },
      readinessProbe: { ...seldom, httpGet: { port: "web", path: "/ready" } },
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
    const asking = "sleep 9999 & echo $$ $! >> /tmp/asked; wait";
    const probe = { exec: { command: ["sh", "-c", asking] }, periodSeconds: 1 };
    const main = cluster.shell("while :; do sleep 0.1; done", { readinessProbe: { ...probe, timeoutSeconds: 1 } });
    await cluster.create("slow", main);
    await cluster.told("slow", "Unhealthy: Readiness probe failed: command timed out");
    await cluster.until("slow", (pod) => !isReady(pod));
    // What has ended and nobody has asked after yet has a number, and no words.
    const words = "for pid in $(head -n 1 /tmp/asked); do cat /proc/$pid/cmdline 2>/dev/null; done; echo .";
    const script = `[ -s /tmp/asked ] && { ${words}; }; true`;
    await waitFor("it is ended", async () => (await cluster.exec("slow", "sh", "-c", script)) === ".\n");
    await cluster.delete("slow");
  },
};
