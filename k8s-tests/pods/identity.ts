import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntilGone } from "../../clients/sdk/index.ts";
import type { Behaviours } from "../support/behaviours.ts";
import { inDefault, patienceMs, stateOf } from "../support/pod-cluster.ts";

export const identityBehaviours: Behaviours = {
  "variables come from everywhere that a pod may name": async (cluster) => {
    const { configmaps, secrets } = cluster.client.core.v1;
    await configmaps.create({ metadata: { ...inDefault, name: "env" }, data: { one: "1", two: "2" } });
    await secrets.create({ metadata: { ...inDefault, name: "env" }, stringData: { three: "3" } });
    const volumes = [{ name: "left", emptyDir: {} }];
    const volumeMounts = [{ name: "left", mountPath: "/left" }];
    const leave = "printf '# left here\\nFOUR=4\\n' > /left/variables";
    const initContainers = [{ ...cluster.shell(leave, { volumeMounts }), name: "first" }];
    const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
    const env = [
      { name: "ONE", valueFrom: { configMapKeyRef: { name: "env", key: "one" } } },
      { name: "THREE", valueFrom: { secretKeyRef: { name: "env", key: "three" } } },
      { name: "FOUR", valueFrom: { fileKeyRef: { volumeName: "left", path: "variables", key: "FOUR" } } },
      { name: "NONE", valueFrom: { configMapKeyRef: { name: "env", key: "nobody", optional: true } } },
      { name: "LABEL", ...field("metadata.labels['is']") },
      { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } } },
      { name: "BOTH", value: "$(ONE)-$(LABEL)-$$(ONE)" },
    ];
    const envFrom = [
      { prefix: "P_", configMapRef: { name: "env" } },
      { prefix: "S_", secretRef: { name: "env" } },
    ];
    const resources = { limits: { cpu: "250m" } };
    const script = "echo $ONE $THREE $FOUR [$NONE] $LABEL $CPU $BOTH $P_one $P_two $S_three";
    const spec = { volumes, initContainers };
    const labels = { labels: { is: "x" } };
    const text = await cluster.output("variables", script, spec, { env, envFrom, resources }, labels);
    assert.equal(text, "1 3 4 [] x 250 1-x-$(ONE) 1 2 3\n");
  },

  "a missing source of a variable holds the container back": async (cluster) => {
    const env = [{ name: "A", valueFrom: { secretKeyRef: { name: "nowhere", key: "a" } } }];
    await cluster.create("sourceless", cluster.shell("true", { env }));
    const pod = await cluster.until("sourceless", (it) => stateOf(it).waiting?.reason === "CreateContainerConfigError");
    assert.equal(stateOf(pod).waiting?.message, 'secret "nowhere" not found');
    await cluster.delete("sourceless");
  },

  "a pod knows its names and those that it is given": async (cluster) => {
    const spec = {
      hostname: "me",
      subdomain: "sub",
      setHostnameAsFQDN: true,
      hostAliases: [{ ip: "192.0.2.7", hostnames: ["friend", "mate"] }],
    };
    const text = await cluster.output("called", "hostname; cat /etc/hosts", spec);
    assert.match(text, /^me\.sub\.default\.svc\.cluster\.local\n/);
    assert.match(text, /\n\S+\tme\.sub\.default\.svc\.cluster\.local\tme\n/);
    assert.match(text, /\n192\.0\.2\.7\tfriend\tmate\n/);
    assert.equal(await cluster.output("overridden", "hostname", { hostnameOverride: "another" }), "another\n");
  },

  "an image that is not there is asked for again and again, ever later": async (cluster) => {
    const image = "127.0.0.1:9/nowhere:1";
    await cluster.create("imageless", { image });
    const reason = (wanted: string) => cluster.until("imageless", (it) => stateOf(it).waiting?.reason === wanted);
    await reason("ErrImagePull");
    const message = stateOf(await reason("ImagePullBackOff")).waiting?.message ?? "";
    assert.ok(message.startsWith(`Back-off pulling image "${image}": ErrImagePull: `), message);
    await cluster.delete("imageless");
  },

  "a name that no image can have is told, and tried no registry with": async (cluster) => {
    await cluster.create("misnamed", { image: "Nginx:1" });
    const pod = await cluster.until("misnamed", (it) => stateOf(it).waiting?.reason === "InvalidImageName");
    const why = "invalid reference format: repository name (library/Nginx) must be lowercase";
    assert.ok(stateOf(pod).waiting?.message?.endsWith(`couldn't parse image name "Nginx:1": ${why}`));
    await cluster.delete("misnamed");
  },

  "a runtime class names how a pod is run; one that the node does not have is refused": async (cluster) => {
    const { runtimeclasses } = cluster.client.node.v1;
    const { handler } = cluster;
    const overhead = { podFixed: { cpu: "10m" } };
    await runtimeclasses.create({ metadata: { name: "usual" }, handler, overhead });
    await runtimeclasses.create({ metadata: { name: "strange" }, handler: "nobody" });
    await cluster.create("classed", cluster.shell("echo run"), { runtimeClassName: "usual" });
    await cluster.create("misclassed", cluster.shell("true"), { runtimeClassName: "strange" });
    assert.deepEqual((await cluster.ended("classed")).spec?.overhead, { cpu: "10m" });
    assert.equal(await cluster.logs("classed"), "run\n");
    await cluster.told("misclassed", "FailedCreatePodSandBox: Failed to create pod sandbox: ");
    for (const name of ["classed", "misclassed"]) await cluster.delete(name);
  },

  "the status tells addresses, class, image and start": async (cluster) => {
    const resources = { limits: { cpu: "50m", memory: "32Mi" } };
    await cluster.create("told", cluster.shell("while :; do sleep 1; done", { resources }));
    const { status = {}, metadata } = await cluster.ready("told");
    const { hostIP, hostIPs, podIP, podIPs, qosClass, observedGeneration, startTime } = status;
    assert.deepEqual(hostIPs?.[0], { ip: hostIP });
    assert.deepEqual(podIPs?.[0], { ip: podIP });
    assert.deepEqual([qosClass, observedGeneration], ["Guaranteed", metadata?.generation]);
    assert.ok(startTime);
    const [container] = status.containerStatuses ?? [];
    assert.deepEqual(container?.allocatedResources, resources.limits);
    assert.deepEqual([container?.started, container?.image], [true, cluster.image]);
    assert.match(container?.containerID ?? "", new RegExp(`^${cluster.runtime}://`));
    assert.match(container?.imageID ?? "", /sha256:/);
    await cluster.delete("told");
  },

  "a static pod runs as long as its manifest is there, and the server mirrors it": async (cluster) => {
    const file = join(cluster.manifests, "static.json");
    const containers = [cluster.shell("while :; do sleep 1; done")];
    const spec = { containers, terminationGracePeriodSeconds: 0 };
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "static" }, spec }));
    const name = `static-${await cluster.nodeName()}`;
    const pod = await cluster.ready(name);
    assert.ok(pod.metadata?.annotations?.["kubernetes.io/config.mirror"]);
    rmSync(file);
    await waitUntilGone(cluster.client.core.v1.pods, name, { ...inDefault, timeoutMs: patienceMs });
  },
};
