import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ContainerStatus, SandboxStatus } from "../runtimes/runtime.ts";
import { current, RuntimeView } from "./runtime-view.ts";

function sandbox(id: string, uid: string, attempt = 0): SandboxStatus {
  const pod = { namespace: "default", name: uid, uid };
  return { id, pod, attempt, state: "Ready", createdAtMs: 0, ips: [], labels: {} };
}

function container(id: string, sandboxId: string, attempt: number): ContainerStatus {
  const identity = { id, sandboxId, name: "main", attempt, image: "i", imageId: "i", labels: {} };
  return { ...identity, state: "Running", createdAtMs: attempt };
}

test("a pod has its newest sandbox, and its containers newest first", async () => {
  const view = new RuntimeView({
    listSandboxes: async () => [sandbox("s1", "a", 1), sandbox("s2", "b"), sandbox("s0", "a", 0)],
    listContainers: async () => [container("c0", "s0", 0), container("c2", "s1", 2), container("c1", "s1", 1)],
  });
  const observed = await view.pod("a");
  assert.equal(observed.sandbox?.id, "s1");
  assert.deepEqual(
    observed.olderSandboxes.map(({ id }) => id),
    ["s0"],
  );
  assert.deepEqual(
    observed.containers.get("main")?.map(({ id }) => id),
    ["c2", "c1", "c0"],
  );
  assert.equal(current(observed, "main")?.id, "c2");
  assert.equal(view.podOf("s2"), "b");
  assert.equal(view.podOf("s9"), undefined);
  assert.deepEqual(await view.pod("nobody"), { sandbox: undefined, olderSandboxes: [], containers: new Map() });
});

test("many that look at once share one list, and who looks while it is on its way sees the next", async () => {
  let lists = 0;
  let release = () => {};
  const view = new RuntimeView({
    listSandboxes: async () => {
      lists++;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return [sandbox(`s${lists}`, "a")];
    },
    listContainers: async () => [],
  });
  const first = Array.from({ length: 100 }, () => view.pod("a"));
  await nextTurn();
  const second = Array.from({ length: 100 }, () => view.pod("a"));
  await nextTurn();
  assert.equal(lists, 1);
  release();
  assert.equal((await first[99])?.sandbox?.id, "s1");
  await nextTurn();
  release();
  assert.equal((await second[99])?.sandbox?.id, "s2");
  assert.equal(lists, 2);
});

test("a list that fails is told to those who asked, and the next is asked anew", async () => {
  let fails = true;
  const view = new RuntimeView({
    listSandboxes: async () => {
      if (fails) throw new Error("away");
      return [];
    },
    listContainers: async () => [],
  });
  await assert.rejects(view.pod("a"), { message: "away" });
  fails = false;
  assert.equal((await view.pod("a")).sandbox, undefined);
});
