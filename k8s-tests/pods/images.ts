import assert from "node:assert/strict";
import type { Behaviours } from "../support/behaviours.ts";
import { stateOf } from "../support/pod-cluster.ts";

const data = (reference: string, pullPolicy = "IfNotPresent") => ({ name: "data", image: { reference, pullPolicy } });

export const imageBehaviours: Behaviours = {
  "an image is a volume: its files are there to be read, not to be written or run": async (cluster) => {
    const reference = `typernetes-test/data:${process.pid}`;
    await cluster.addImage(reference, { files: { "/data/greeting": "hello\n", "/data/deep/word": "deep\n" } });
    const volumeMounts = [
      { name: "data", mountPath: "/all" },
      { name: "data", mountPath: "/part", subPath: "data/deep" },
    ];
    const script = [
      "cat /all/data/greeting /part/word",
      "touch /all/x 2>/dev/null || echo read-only",
      "/all/bin/echo run 2>/dev/null || echo not run",
    ].join("; ");
    const text = await cluster.output("image-volume", script, { volumes: [data(reference)] }, { volumeMounts });
    assert.equal(text, "hello\ndeep\nread-only\nnot run\n");
  },

  "an image for a volume that cannot be had holds the container back": async (cluster) => {
    const volumeMounts = [{ name: "data", mountPath: "/all" }];
    const volumes = [data("typernetes-test/nowhere:1", "Never")];
    await cluster.create("image-volume-missing", cluster.shell("true", { volumeMounts }), { volumes });
    const pod = await cluster.until(
      "image-volume-missing",
      (it) => stateOf(it).waiting?.reason === "ErrImageNeverPull",
    );
    const message = 'Container image "typernetes-test/nowhere:1" is not present with pull policy of Never';
    assert.equal(stateOf(pod).waiting?.message, message);
    await cluster.delete("image-volume-missing");
  },
};
