import assert from "node:assert/strict";
import type { RuntimeEvent } from "../runtime.ts";
import { type Promises, until } from "./test-bench.ts";

export const eventPromises: Promises = {
  "events tell of start, end and removal": async (bench) => {
    const controller = new AbortController();
    const events: RuntimeEvent[] = [];
    const watching = (async () => {
      for await (const event of bench.runtime.events(controller.signal)) events.push(event);
    })();
    const seen = (kind: RuntimeEvent["kind"], containerId?: string) =>
      until(`${kind} of ${containerId} is told`, async () =>
        events.find((event) => event.kind === kind && event.containerId === containerId),
      );
    try {
      const sandboxId = await bench.sandbox();
      const ended = async (attempt: number) => {
        const id = await bench.start(["sleep", "0.3"], { attempt }, sandboxId);
        assert.equal((await seen("started", id)).sandboxId, sandboxId);
        await seen("exited", id);
        const delay = Date.now() - ((await bench.runtime.containerStatus(id)).finishedAtMs ?? 0);
        return { id, delay };
      };
      let { id, delay } = await ended(0);
      // A busy machine may be late once or twice.
      for (let attempt = 1; delay >= 1_000 && attempt < 10; attempt++) ({ id, delay } = await ended(attempt));
      assert.ok(delay < 1_000, `the end was told ${delay} ms late`);
      await bench.runtime.removeContainer(id);
      await seen("removed", id);
      await bench.runtime.removeSandbox(sandboxId);
      await seen("removed", undefined);
    } finally {
      controller.abort();
      await watching;
    }
  },

  "each watcher sees every event": async (bench) => {
    const controller = new AbortController();
    const ends = [0, 0, 0];
    const watching = ends.map(async (_, i) => {
      for await (const event of bench.runtime.events(controller.signal))
        if (event.kind === "exited" && event.containerId) ends[i]!++;
    });
    try {
      const sandboxId = await bench.sandbox();
      for (let attempt = 0; attempt < 3; attempt++)
        await bench.exited(await bench.start(["true"], { attempt }, sandboxId));
      await until("all are told", async () => ends.every((count) => count >= 3) || undefined);
    } finally {
      controller.abort();
      await Promise.all(watching);
    }
  },
};
