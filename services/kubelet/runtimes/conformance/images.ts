import assert from "node:assert/strict";
import type { Promises } from "./test-bench.ts";

export const imagePromises: Promises = {
  "an image of the node is known by its name": async (bench) => {
    const image = await bench.runtime.imageStatus(bench.subject.image);
    assert.ok(image?.id);
    assert.ok(image.sizeBytes >= 0);
    assert.ok((await bench.runtime.listImages()).some(({ id }) => id === image.id));
    assert.equal((await bench.runtime.pullImage(bench.subject.image).catch(() => image)).id, image.id);
  },

  "an unknown image is not on the node and cannot be fetched from nowhere": async (bench) => {
    const name = "127.0.0.1:1/no/such:image";
    assert.equal(await bench.runtime.imageStatus(name), undefined);
    await assert.rejects(bench.runtime.pullImage(name), (error: { name: string; code: string; message: string }) => {
      assert.equal(error.name, "RuntimeError");
      assert.match(error.code, /^(ImageNotFound|PullFailed)$/);
      return error.message.includes(name);
    });
  },

  "a container's status names its image": async (bench) => {
    const id = await bench.start(["true"]);
    const status = await bench.runtime.containerStatus(id);
    assert.equal(status.image, bench.subject.image);
    assert.ok(status.imageId);
  },
};
