import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type ConfigMap, ConfigMapServiceDefinition } from "../../gen/typernetes/core/v1/config_map.ts";
import { eventually } from "../base/eventually.ts";
import { SimulatedClock } from "../base/simulated-clock.ts";
import { StatusError } from "../base/status-error.ts";
import { FakeKind } from "../client/fake-api.ts";
import { connectInProcess } from "../client/fake-api-connection.ts";
import { objectKey } from "../client/informer.ts";
import { createInformerFactory } from "../client/shared-informers.ts";
import type { Logger } from "../observe/logger.ts";
import { type Controller, type ControllerContext, type ControllerFactory, TerminalError } from "./controller.ts";
import { type RunningControllers, startControllers } from "./start-controllers.ts";

describe("controllers", () => {
  let fake: FakeKind<ConfigMap>;
  let clock: SimulatedClock;
  let context: ControllerContext;
  let lines: string[];
  let running: RunningControllers | undefined;

  beforeEach(() => {
    fake = new FakeKind<ConfigMap>();
    clock = new SimulatedClock();
    lines = [];
    const client = connectInProcess((router) => fake.serve(router, ConfigMapServiceDefinition));
    const logger: Logger = {
      debug: (_, message) => lines.push(`debug ${message}`),
      info: (_, message) => lines.push(`info ${message}`),
      warn: (_, message) => lines.push(`warn ${message}`),
      error: (_, message) => lines.push(`error ${message}`),
      child: () => logger,
    };
    const informers = createInformerFactory({ clock });
    const recorder = { event: () => {}, close: async () => {} };
    context = { client, informers, recorder, clock, random: () => 0.5, logger };
  });
  afterEach(async () => {
    await running?.stop();
    await context.informers.stop();
    running = undefined;
  });

  /** A controller over config maps that does what the test says. */
  const over = (reconcile: Controller["reconcile"], parts: Partial<Controller> = {}): ControllerFactory => {
    return ({ client, informers }) => ({
      name: "test-controller",
      setUp: (enqueue) => {
        const changed = (object: ConfigMap) => enqueue(objectKey(object));
        informers.informer(client.core.v1.configmaps).addHandler({
          added: changed,
          updated: (_, after) => changed(after),
          deleted: changed,
        });
      },
      reconcile,
      ...parts,
    });
  };
  const start = async (factory: ControllerFactory) => {
    running = await startControllers([factory], context);
  };
  const map = (name: string): ConfigMap => ({ metadata: { name, namespace: "default" } });

  test("reconcile what is there at the start, and what changes later", async () => {
    fake.create(map("a"));
    const seen: string[] = [];
    await start(
      over(async (key) => {
        seen.push(key);
      }),
    );
    await eventually(() => seen.length === 1);
    await eventually(() => fake.watchers === 1);
    fake.create(map("b"));
    await eventually(() => seen.length === 2);
    assert.deepEqual(seen, ["default/a", "default/b"]);
  });

  test("begin only when all caches are filled", async () => {
    for (let i = 0; i < 600; i++) fake.create(map(`m${i}`));
    const sizes = new Set<number>();
    await start(
      over(async () => {
        sizes.add(context.informers.informer(context.client.core.v1.configmaps).lister.size);
      }),
    );
    await eventually(() => sizes.size > 0);
    assert.deepEqual([...sizes], [600]);
  });

  test("retry a failure with backoff and one line in the log each time", async () => {
    fake.create(map("a"));
    const times: number[] = [];
    await start(
      over(async () => {
        times.push(clock.now());
        if (times.length < 4) throw new Error("not yet");
      }),
    );
    await clock.advance(1_000);
    assert.deepEqual(
      times.map((time) => time - (times[0] ?? 0)),
      [0, 5, 15, 35],
    );
    assert.deepEqual(lines, ["warn reconcile failed", "warn reconcile failed", "warn reconcile failed"]);
    assert.equal(running?.controllers[0]?.queue.failures("default/a"), 0);
  });

  test("retry conflicts without noise, and drop terminal errors", async () => {
    fake.create(map("conflict"));
    fake.create(map("terminal"));
    const calls: string[] = [];
    await start(
      over(async (key) => {
        calls.push(key);
        if (key === "default/terminal") throw new TerminalError("never");
        if (calls.length < 4) throw new StatusError("Conflict", "the object has been modified");
      }),
    );
    await clock.advance(10_000);
    assert.equal(calls.filter((key) => key === "default/terminal").length, 1);
    assert.ok(calls.filter((key) => key === "default/conflict").length > 1);
    assert.deepEqual(
      lines.filter((line) => !line.startsWith("debug")),
      ["error reconcile failed for good"],
    );
  });

  test("look again when a reconcile asks for it", async () => {
    fake.create(map("a"));
    let calls = 0;
    await start(over(async () => (++calls < 3 ? { requeueAfterMs: 1_000 } : undefined)));
    await clock.advance(1_500);
    assert.equal(calls, 2);
    await clock.advance(10_000);
    assert.equal(calls, 3);
  });

  test("never work on one key twice at a time, and on several keys at once only as configured", async () => {
    for (const name of ["a", "b", "c"]) fake.create(map(name));
    const active: string[] = [];
    let most = 0;
    await start(
      over(
        async (key, signal) => {
          assert.ok(!active.includes(key), `${key} twice`);
          active.push(key);
          most = Math.max(most, active.length);
          await clock.sleep(1_000, signal);
          active.splice(active.indexOf(key), 1);
        },
        { workers: 2 },
      ),
    );
    await clock.advance(500);
    fake.put({ ...map("a"), data: { x: "1" } });
    await clock.advance(20_000);
    assert.equal(most, 2);
    assert.deepEqual(active, []);
  });

  test("tell a reconcile that takes too long to end", async () => {
    fake.create(map("a"));
    let calls = 0;
    await start(
      over(async (_key, signal) => {
        if (++calls === 1) await clock.sleep(3_600_000, signal);
      }),
    );
    await clock.advance(59_000);
    assert.equal(calls, 1);
    await clock.advance(2_000);
    assert.equal(calls, 2);
    assert.deepEqual(lines, ["warn reconcile failed"]);
  });

  test("stop by telling what runs to end, and waiting for it", async () => {
    fake.create(map("a"));
    let ended = false;
    let closed = false;
    await start(
      over(
        async (_key, signal) => {
          await clock.sleep(3_600_000, signal).catch(() => {});
          ended = true;
        },
        {
          close: () => {
            closed = true;
          },
        },
      ),
    );
    await clock.advance(10);
    await running?.stop();
    assert.deepEqual([ended, closed, lines.length], [true, true, 0]);
  });
});
