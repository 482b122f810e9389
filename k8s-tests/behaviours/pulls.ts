import assert from "node:assert/strict";
import type { Behaviours } from "../support/behaviours.ts";
import { busyboxImage, digestOf } from "../support/busybox-image.ts";
import { inDefault, type PodCluster, stateOf } from "../support/pod-cluster.ts";
import { Registry } from "../support/registry.ts";

/** Gives `work` a registry of its own. */
async function withRegistry(work: (registry: Registry) => Promise<void>, login?: string): Promise<void> {
  const registry = new Registry(login);
  await registry.start();
  try {
    await work(registry);
  } finally {
    await registry.stop();
  }
}

/** An image that no other test has. */
function imageOf(name: string) {
  return busyboxImage({ files: { "/word": `${name}\n` } });
}

async function says(cluster: PodCluster, name: string, image: string, more: object = {}): Promise<string> {
  return cluster.output(name, "cat /word", {}, { image, ...more });
}

/** What a runtime does that fetches images. */
export const pullBehaviours: Behaviours = {
  "images are fetched as their policies say: always asked for, once, never": (cluster) =>
    withRegistry(async (registry) => {
      const image = cluster.fetched(registry.add("open", await imageOf("open")));
      const asked = () => registry.served.filter((line) => line.includes("open/manifests")).length;
      await cluster.create("unfetched", { image, imagePullPolicy: "Never" });
      await cluster.until("unfetched", (pod) => stateOf(pod).waiting?.reason === "ErrImageNeverPull");
      assert.equal(asked(), 0);
      assert.equal(await says(cluster, "fetched", image, { imagePullPolicy: "IfNotPresent" }), "open\n");
      const first = asked();
      assert.ok(first > 0);
      await cluster.told("unfetched", "Started: ");
      assert.equal(await says(cluster, "present", image, { imagePullPolicy: "IfNotPresent" }), "open\n");
      assert.equal(asked(), first);
      assert.equal(await says(cluster, "asked-again", image, { imagePullPolicy: "Always" }), "open\n");
      assert.ok(asked() > first);
      await cluster.told("asked-again", `Pulled: Successfully pulled image "${image}" in `);
      await cluster.delete("unfetched");
    }),

  "an image may be named by its digest": (cluster) =>
    withRegistry(async (registry) => {
      const image = registry.add("exact", await imageOf("exact"));
      const manifest = await fetch(`http://${registry.address}/v2/exact/manifests/1`);
      const digest = digestOf(new Uint8Array(await manifest.arrayBuffer()));
      const name = cluster.fetched(`${image.replace(/:1$/, "")}@${digest}`);
      await cluster.create("by-digest", { image: name, command: ["cat", "/word"] });
      const [status] = (await cluster.ended("by-digest")).status?.containerStatuses ?? [];
      assert.equal(status?.image, name);
      assert.ok(status?.imageID?.endsWith(digest), status?.imageID);
      await cluster.delete("by-digest");
    }),

  "an image behind a login comes with a secret of the pod or of its account, and waits for the right one": (cluster) =>
    withRegistry(async (registry) => {
      const image = cluster.fetched(registry.add("closed", await imageOf("closed")));
      const { secrets, serviceaccounts } = cluster.client.core.v1;
      const login = (auth: string) => {
        const auths = { [registry.address]: { auth: Buffer.from(auth).toString("base64") } };
        return { ".dockerconfigjson": JSON.stringify({ auths }) };
      };
      const type = "kubernetes.io/dockerconfigjson";
      await secrets.create({ metadata: { ...inDefault, name: "login" }, type, stringData: login("me:wrong") });
      const imagePullSecrets = [{ name: "login" }];
      await cluster.create("locked-out", { image, command: ["cat", "/word"] }, { imagePullSecrets });
      await cluster.until("locked-out", (pod) => stateOf(pod).waiting?.reason === "ImagePullBackOff");
      await secrets.patch("login", { stringData: login("me:right") }, inDefault);
      await cluster.ended("locked-out");
      assert.equal(await cluster.logs("locked-out"), "closed\n");
      await serviceaccounts.create({ metadata: { ...inDefault, name: "known" }, imagePullSecrets });
      const again = { image, imagePullPolicy: "Always" };
      assert.equal(await cluster.output("by-account", "cat /word", { serviceAccountName: "known" }, again), "closed\n");
      await cluster.delete("locked-out");
    }, "me:right"),
};
