import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startEtcd } from "../support/etcd.ts";
import { buildHelloImage, removeHelloImage } from "./hello-image.ts";
import { killService, servicesOf } from "./services.ts";
import { Stage, type StageOptions } from "./stage.ts";
import { story } from "./story.ts";

async function tellStory(
  t: TestContext,
  options: StageOptions,
  between: (stage: Stage, step: number) => Promise<void> = async () => {},
): Promise<void> {
  const stage = await Stage.start(options);
  let left: string[] = [];
  try {
    for (const [index, step] of story.entries()) {
      await between(stage, index);
      t.diagnostic(`${step.name}: ${await step.run(stage)}`);
    }
  } finally {
    left = await stage.stop();
  }
  assert.deepEqual(left, [], "nothing should be left behind");
}

test("the story, all in one process on the embedded store, with processes", (t) =>
  tellStory(t, { runtime: "process", nodes: 3 }));

test("the story, all in one process on the embedded store, with Docker", async (t) => {
  buildHelloImage();
  try {
    await tellStory(t, { runtime: "docker", nodes: 3 });
  } finally {
    removeHelloImage();
  }
});

test("the story, as microservices on etcd, with each service killed once on the way", async (t) => {
  const etcd = await startEtcd();
  try {
    await tellStory(t, { runtime: "process", nodes: 3, separate: { etcd: etcd.address } }, async (stage, step) => {
      if (step === 0) return;
      const names = servicesOf(stage);
      // All services in turn, spread over the steps.
      const share = Math.ceil(names.length / (story.length - 1));
      for (const name of names.slice((step - 1) * share, step * share)) await killService(stage, name);
    });
  } finally {
    await etcd.stop();
  }
});
