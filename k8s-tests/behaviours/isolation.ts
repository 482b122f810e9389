import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Behaviours } from "../support/behaviours.ts";
import { inDefault } from "../support/pod-cluster.ts";
import { freePort } from "../support/ports.ts";
import { waitFor } from "../support/wait.ts";

const namespaces = "for n in net pid ipc uts; do readlink /proc/self/ns/$n; done";

export const isolationBehaviours: Behaviours = {
  "the machine's network, processes and queues are for pods that ask for them": async (cluster) => {
    const machine = ["net", "pid", "ipc", "uts"].map((name) => readlinkSync(`/proc/self/ns/${name}`));
    const lines = async (name: string, spec: object) =>
      (await cluster.output(name, `${namespaces}; hostname`, spec)).trim().split("\n");
    const [own, shared] = await Promise.all([
      lines("of-its-own", {}),
      lines("of-the-machine", { hostNetwork: true, hostPID: true, hostIPC: true }),
    ]);
    for (const [index, namespace] of machine.entries()) assert.notEqual(own[index], namespace);
    assert.deepEqual(shared.slice(0, 3), machine.slice(0, 3));
    assert.equal(own[4], "of-its-own");
    // Who has a container runtime's own network has that machine's name, too.
    assert.equal(shared[4], cluster.runtime === "containerd" ? hostname() : await cluster.nodeName());
  },

  "containers of a pod have one network, one name and one shared memory": async (cluster) => {
    const serve =
      "mkdir /tmp/www; echo here > /tmp/www/x; echo kept > /dev/shm/x; exec busybox httpd -f -p 127.0.0.1:80 -h /tmp/www";
    const ask = "until wget -qO- http://127.0.0.1/x; do sleep 0.1; done; cat /dev/shm/x; hostname";
    const server = { ...cluster.shell(serve), name: "server", restartPolicy: "Always" };
    const text = await cluster.output("joined", ask, { initContainers: [server], hostname: "both" });
    assert.equal(text, "here\nkept\nboth\n");
  },

  "a container without privileges sees few devices, and cannot change the kernel; one with them can": async (
    cluster,
  ) => {
    const script = [
      "[ -e /dev/kmsg ] && echo kmsg",
      "ls /dev | grep -cE '^(loop|sd|vd|ttyS)'",
      "head -c 1 /proc/kcore 2>/dev/null | wc -c",
      // What it is already: everybody has it.
      "old=$(cat /proc/sys/vm/swappiness); echo $old 2>/dev/null > /proc/sys/vm/swappiness && echo changed",
      "mount -t tmpfs none /tmp 2>/dev/null && echo mounted",
      "true",
    ].join("; ");
    const [few, all] = await Promise.all([
      cluster.output("few-devices", script),
      cluster.output("all-devices", script, {}, { securityContext: { privileged: true } }),
    ]);
    assert.equal(few, "0\n0\n");
    assert.match(all, /changed\nmounted\n$/);
    assert.ok(Number(/^\d+$/m.exec(all)?.[0]) > 0, all);
  },

  "where names are asked is as the pod's policy says": async (cluster) => {
    const dnsConfig = {
      nameservers: ["192.0.2.53"],
      searches: ["example.test"],
      options: [{ name: "ndots", value: "3" }, { name: "edns0" }],
    };
    const show = "cat /etc/resolv.conf";
    const [none, cluster1, node, service] = await Promise.all([
      cluster.output("dns-none", show, { dnsPolicy: "None", dnsConfig }),
      cluster.output("dns-first", show, { dnsConfig }),
      cluster.output("dns-default", show, { dnsPolicy: "Default" }),
      cluster.client.core.v1.services.get("kube-dns", { namespace: "kube-system" }),
    ]);
    const lines = (text: string) => text.split("\n").filter((line) => line !== "");
    assert.deepEqual(lines(none).sort(), ["nameserver 192.0.2.53", "options ndots:3 edns0", "search example.test"]);
    const first = lines(cluster1);
    assert.ok(first.includes(`nameserver ${service.spec?.clusterIP}`) && first.includes("nameserver 192.0.2.53"));
    assert.match(cluster1, /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local .*example\.test$/m);
    assert.match(cluster1, /^options .*ndots:3/m);
    assert.doesNotMatch(node, /cluster\.local/);
  },

  "a port of the node leads to the pod that has it": async (cluster) => {
    const port = await freePort();
    const main = cluster.shell("mkdir /tmp/www; hostname > /tmp/www/x; exec busybox httpd -f -p 8080 -h /tmp/www", {
      ports: [{ containerPort: 8080, hostPort: port }],
    });
    await cluster.create("at-port", main);
    await cluster.ready("at-port");
    const pod = await cluster.client.core.v1.pods.get("at-port", inDefault);
    const url = `http://${pod.status?.hostIP}:${port}/x`;
    const ask = async () => (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text();
    await waitFor("the port answers", async () => (await ask()) === "at-port\n");
    const asking = `printf "GET /x HTTP/1.0\\r\\n\\r\\n" | nc -w 60 ${pod.status?.hostIP} ${port} | tail -n 1`;
    assert.equal(await cluster.output("asking", asking), "at-port\n");
    await cluster.deleted("at-port");
    await waitFor("the port is closed", () =>
      ask().then(
        () => false,
        () => true,
      ),
    );
  },

  "a program on the node's own network is at the node's address": async (cluster) => {
    const port = await freePort();
    const script = `mkdir /tmp/www; echo $NODE > /tmp/www/x; exec busybox httpd -f -p $POD:${port} -h /tmp/www`;
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const env = [field("NODE", "spec.nodeName"), field("POD", "status.podIP")];
    const readinessProbe = { tcpSocket: { port }, periodSeconds: 1, timeoutSeconds: 30 };
    await cluster.create("on-node", cluster.shell(script, { env, readinessProbe }), { hostNetwork: true });
    const { status } = await cluster.ready("on-node");
    assert.equal(status?.podIP, status?.hostIP);
    const answer = await fetch(`http://${status?.podIP}:${port}/x`, { signal: AbortSignal.timeout(30_000) });
    assert.equal(await answer.text(), `${await cluster.nodeName()}\n`);
    await cluster.delete("on-node");
  },
};
