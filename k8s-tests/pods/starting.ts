import assert from "node:assert/strict";
import type { Behaviours } from "../support/behaviours.ts";
import { inDefault, stateOf } from "../support/pod-cluster.ts";

const shared = { volumes: [{ name: "shared", emptyDir: {} }] };
const atShared = [{ name: "shared", mountPath: "/shared" }];
const note = (word: string) => `echo ${word} >> /shared/words`;
/** What ends well when it is asked to, from the time on when it has said something. */
const serving = (say: string) => `trap 'exit 0' TERM; ${say}; while :; do sleep 0.1; done`;
const serve = serving(":");

export const startingBehaviours: Behaviours = {
  "init containers run one after the other, before all others, and again when they fail": async (cluster) => {
    const mounts = { volumeMounts: atShared };
    const once = `${note("second")}; [ -e /shared/tried ] || { touch /shared/tried; exit 1; }`;
    const initContainers = [
      { ...cluster.shell(note("first"), mounts), name: "first" },
      { ...cluster.shell(once, mounts), name: "second" },
    ];
    const spec = { ...shared, initContainers, restartPolicy: "OnFailure" };
    const text = await cluster.output("ordered", "cat /shared/words", spec, mounts);
    assert.equal(text, "first\nsecond\nsecond\n");
  },

  "a pod whose init container fails for good fails, and its containers never start": async (cluster) => {
    const initContainers = [{ ...cluster.shell("exit 3"), name: "broken" }];
    await cluster.create("uninitialised", cluster.shell("true"), { initContainers });
    const pod = await cluster.ended("uninitialised");
    assert.equal(pod.status?.phase, "Failed");
    assert.equal(stateOf(pod, "broken").terminated?.exitCode, 3);
    assert.equal(stateOf(pod).waiting?.reason, "PodInitializing");
    await cluster.delete("uninitialised");
  },

  "a sidecar runs before and beside the others, and ends after them": async (cluster) => {
    const mounts = { volumeMounts: atShared };
    const patient = { periodSeconds: 1, timeoutSeconds: 30, failureThreshold: 100 };
    const startupProbe = { exec: { command: ["test", "-e", "/shared/words"] }, ...patient };
    const sidecar = cluster.shell(serving(note("sidecar")), { ...mounts, startupProbe, restartPolicy: "Always" });
    const initContainers = [{ ...sidecar, name: "sidecar" }];
    const spec = { ...shared, initContainers, terminationGracePeriodSeconds: 60 };
    await cluster.create("accompanied", cluster.shell("cat /shared/words", mounts), spec);
    const pod = await cluster.ended("accompanied");
    assert.equal(pod.status?.phase, "Succeeded");
    assert.equal(await cluster.logs("accompanied", { container: "main" }), "sidecar\n");
    assert.equal(stateOf(pod, "sidecar").terminated?.exitCode, 0);
    await cluster.delete("accompanied");
  },

  "hooks: postStart before the container is started for others, preStop before its end": async (cluster) => {
    const mounts = { volumeMounts: [{ name: "host", mountPath: "/shared" }] };
    const volumes = [{ name: "host", hostPath: { path: `${cluster.home}/hooks`, type: "DirectoryOrCreate" } }];
    const postStart = { exec: { command: ["sh", "-c", note("started")] } };
    const preStop = { exec: { command: ["sh", "-c", note("stopping")] } };
    const ending = `trap '${note("ended")}; exit 0' TERM; while :; do sleep 0.1; done`;
    const main = cluster.shell(ending, { ...mounts, lifecycle: { postStart, preStop } });
    await cluster.create("hooked", main, { volumes, terminationGracePeriodSeconds: 60 });
    await cluster.ready("hooked");
    await cluster.deleted("hooked", 60);
    assert.equal(
      await cluster.output("hooked-words", "cat /shared/words", { volumes }, mounts),
      "started\nstopping\nended\n",
    );
  },

  "a hook that fails kills its container, and says so": async (cluster) => {
    const postStart = { exec: { command: ["sh", "-c", "exit 7"] } };
    await cluster.create("unhooked", cluster.shell(serve, { lifecycle: { postStart } }));
    await cluster.told("unhooked", "FailedPostStartHook: ");
    await cluster.delete("unhooked");
  },

  "probes: not ready until it may be, and killed and started again when it no longer lives": async (cluster) => {
    const probe = (file: string) => ({
      ...{ exec: { command: ["test", "-e", file] }, periodSeconds: 1, timeoutSeconds: 60, failureThreshold: 1 },
    });
    const startupProbe = { ...probe("/tmp/alive"), failureThreshold: 100 };
    // Each failure is told, and of one pod no more than 25 things in a short time.
    const readinessProbe = { ...probe("/tmp/ready"), periodSeconds: 3 };
    const probes = { startupProbe, readinessProbe, livenessProbe: probe("/tmp/alive") };
    const main = cluster.shell(`touch /tmp/alive; ${serve}`, probes);
    await cluster.create("probed", main, { restartPolicy: "Always" });
    const started = await cluster.until("probed", ({ status }) => status?.containerStatuses?.[0]?.started);
    assert.equal(started.status?.containerStatuses?.[0]?.ready, false);
    await cluster.exec("probed", "touch", "/tmp/ready");
    await cluster.ready("probed");
    await cluster.exec("probed", "rm", "/tmp/alive");
    await cluster.until("probed", ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1);
    await cluster.told("probed", "Killing: Container main failed liveness probe, will be restarted");
    await cluster.delete("probed");
  },

  "an ephemeral container visits a running pod, and sees the processes of its target": async (cluster) => {
    await cluster.create("visited", cluster.shell(`${serve} # the target`));
    await cluster.ready("visited");
    const guest = { ...cluster.shell("tr '\\0' ' ' < /proc/1/cmdline"), name: "guest", targetContainerName: "main" };
    const ephemeralContainers = [{ ...guest, terminationMessagePolicy: "File" }];
    await cluster.client.core.v1.pods.patch(
      "visited",
      { spec: { ephemeralContainers } },
      {
        ...inDefault,
        subresource: "ephemeralcontainers",
      },
    );
    await cluster.until("visited", ({ status }) => {
      return status?.ephemeralContainerStatuses?.[0]?.state?.terminated?.exitCode === 0;
    });
    assert.match(await cluster.logs("visited", { container: "guest" }), /the target/);
    await cluster.delete("visited");
  },

  "last words are those of the file, else the end of the log of what failed": async (cluster) => {
    const terminationMessagePolicy = "FallbackToLogsOnError";
    await cluster.create(
      "written",
      cluster.shell("echo last > /dev/termination-log; echo log; exit 1", { terminationMessagePolicy }),
    );
    await cluster.create("logged", cluster.shell("echo log; exit 1", { terminationMessagePolicy }));
    await cluster.create("silent", cluster.shell("echo log", { terminationMessagePolicy }));
    const messageOf = async (name: string) => stateOf(await cluster.ended(name)).terminated?.message;
    assert.deepEqual(await Promise.all(["written", "logged", "silent"].map(messageOf)), ["last\n", "log\n", undefined]);
    for (const name of ["written", "logged", "silent"]) await cluster.delete(name);
  },

  "a container ends by the signal that its pod names": async (cluster) => {
    const main = cluster.shell("trap 'echo asked; exit 0' USR1; echo up; while :; do sleep 0.1; done", {
      lifecycle: { stopSignal: "SIGUSR1" },
      terminationMessagePolicy: "FallbackToLogsOnError",
    });
    await cluster.create("signalled", main, { os: { name: "linux" }, terminationGracePeriodSeconds: 60 });
    await cluster.lines("signalled", 1);
    await cluster.client.core.v1.pods.patch("signalled", { spec: { activeDeadlineSeconds: 1 } }, inDefault);
    const pod = await cluster.ended("signalled");
    assert.equal(pod.status?.reason, "DeadlineExceeded");
    assert.equal(await cluster.logs("signalled"), "up\nasked\n");
    await cluster.delete("signalled");
  },

  "a container is given more in place, without a restart": async (cluster) => {
    const resources = (cpu: string) => ({ limits: { cpu, memory: "64Mi" }, requests: { cpu, memory: "64Mi" } });
    await cluster.create("growing", cluster.shell(serve, { resources: resources("50m") }));
    await cluster.ready("growing");
    const change = { spec: { containers: [{ name: "main", resources: resources("70m") }] } };
    await cluster.client.core.v1.pods.patch("growing", change, { ...inDefault, subresource: "resize" });
    const pod = await cluster.until("growing", ({ status }) => {
      return status?.containerStatuses?.[0]?.resources?.limits?.["cpu"] === "70m";
    });
    const [status] = pod.status?.containerStatuses ?? [];
    assert.deepEqual([status?.restartCount, status?.allocatedResources?.["cpu"]], [0, "70m"]);
    await cluster.delete("growing");
  },

  "a pod that fills its empty directory is evicted": async (cluster) => {
    const volumes = [{ name: "shared", emptyDir: { sizeLimit: "1Mi" } }];
    const fill = "head -c 3000000 /dev/zero > /shared/big; while :; do sleep 1; done";
    await cluster.create("greedy", cluster.shell(fill, { volumeMounts: atShared }), { volumes });
    const pod = await cluster.ended("greedy");
    assert.equal(pod.status?.reason, "Evicted");
    assert.equal(pod.status?.message, 'Usage of EmptyDir volume "shared" exceeds the limit "1Mi". ');
    await cluster.delete("greedy");
  },
};
