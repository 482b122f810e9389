import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type ConfigMap, ConfigMapServiceDefinition } from "../../gen/typernetes/core/v1/config_map.ts";
import { eventually } from "../base/eventually.ts";
import { SimulatedClock } from "../base/simulated-clock.ts";
import { StatusError } from "../base/status-error.ts";
import { Router } from "../grpc/router.ts";
import { createInformer, type InformerSettings } from "./create-informer.ts";
import { FakeKind } from "./fake-api.ts";
import { connections, type TestConnection } from "./fake-api-connection.ts";
import { type Informer, objectKey } from "./informer.ts";

const configMap = (name: string, data: Record<string, string> = {}, namespace = "default"): ConfigMap => ({
  metadata: { name, namespace, labels: data },
  data,
});

for (const [way, open] of Object.entries(connections)) {
  describe(`an informer ${way}`, () => {
    let fake: FakeKind<ConfigMap>;
    let connection: TestConnection;
    const informers: Informer<ConfigMap>[] = [];

    beforeEach(async () => {
      fake = new FakeKind<ConfigMap>();
      const router = new Router();
      fake.serve(router, ConfigMapServiceDefinition);
      connection = await open(router);
    });
    afterEach(async () => {
      await Promise.all(informers.splice(0).map((informer) => informer.stop()));
      await connection.close();
    });

    const start = (settings: InformerSettings = {}) => {
      const informer = createInformer(connection.client.core.v1.configmaps, settings);
      informers.push(informer);
      const log: string[] = [];
      informer.addHandler({
        added: (object) => log.push(`added ${objectKey(object)}`),
        updated: (before, after) => {
          assert.notEqual(before.metadata?.resourceVersion, after.metadata?.resourceVersion);
          log.push(`updated ${objectKey(after)}`);
        },
        deleted: (object) => log.push(`deleted ${objectKey(object)}`),
      });
      informer.start();
      return { informer, log };
    };
    const following = () => eventually(() => fake.watchers === 1);

    test("lists page by page, then follows changes", async () => {
      for (let i = 0; i < 7; i++) fake.create(configMap(`m${i}`));
      const { informer, log } = start({ pageSize: 3 });
      await informer.waitForSync();
      assert.equal(informer.lister.size, 7);
      assert.equal(fake.calls["list"], 3);
      await following();
      log.length = 0;
      fake.create(configMap("new"));
      fake.put({ ...fake.objects.get("default/new"), data: { a: "1" } });
      fake.remove("default/m0");
      await eventually(() => log.length === 3);
      assert.deepEqual(log, ["added default/new", "updated default/new", "deleted default/m0"]);
      assert.equal(informer.lister.get("default", "new")?.data?.["a"], "1");
      assert.ok(Object.isFrozen(informer.lister.get("default", "new")?.metadata));
    });

    test("finds objects by namespace and by index, as they change", async () => {
      fake.create(configMap("a", { color: "red" }));
      fake.create(configMap("b", { color: "red" }, "other"));
      const { informer, log } = start();
      informer.addIndex("color", (object) => Object.values(object.metadata?.labels ?? {}));
      await informer.waitForSync();
      await following();
      const names = (objects: ConfigMap[]) => objects.map((object) => object.metadata?.name).sort();
      assert.deepEqual(names(informer.lister.list("other")), ["b"]);
      assert.deepEqual(names(informer.lister.byIndex("color", "red")), ["a", "b"]);
      fake.put(configMap("a", { color: "blue" }));
      fake.remove("other/b");
      await eventually(() => log.includes("deleted other/b"));
      assert.deepEqual(names(informer.lister.byIndex("color", "red")), []);
      assert.deepEqual(names(informer.lister.byIndex("color", "blue")), ["a"]);
      assert.throws(() => informer.lister.byIndex("shape", "round"), /no index "shape"/);
    });

    test("goes on where it was after a broken watch: nothing missed, nothing repeated, no second list", async () => {
      fake.create(configMap("a"));
      const { log } = start();
      await following();
      fake.before = (verb) => {
        if (verb === "watch") throw new StatusError("ServiceUnavailable", "restarting");
      };
      fake.breakWatches(new StatusError("ServiceUnavailable", "stopping"));
      await eventually(() => fake.watchers === 0);
      fake.create(configMap("b"));
      fake.remove("default/a");
      fake.before = () => {};
      await eventually(() => log.length === 3);
      assert.deepEqual(log, ["added default/a", "added default/b", "deleted default/a"]);
      assert.equal(fake.calls["list"], 1);
    });

    test("lists again when its version has expired, and tells what changed meanwhile", async () => {
      for (const name of ["same", "changed", "gone", "replaced"]) fake.create(configMap(name));
      const { informer, log } = start();
      await following();
      log.length = 0;
      fake.before = (verb) => {
        if (verb === "watch") throw new StatusError("ServiceUnavailable", "away");
      };
      fake.breakWatches();
      await eventually(() => fake.watchers === 0);
      fake.put({ ...fake.objects.get("default/changed"), data: { a: "1" } });
      fake.remove("default/gone");
      fake.remove("default/replaced");
      fake.create(configMap("replaced"));
      fake.create(configMap("new"));
      fake.compact();
      fake.before = () => {};
      await eventually(() => log.length >= 5);
      assert.deepEqual(log.sort(), [
        "added default/new",
        "added default/replaced",
        "deleted default/gone",
        "deleted default/replaced",
        "updated default/changed",
      ]);
      assert.equal(informer.lister.size, 4);
    });

    test("tells a late handler what is cached, and a removed one nothing more", async () => {
      fake.create(configMap("a"));
      const { informer } = start();
      await following();
      const late: string[] = [];
      const remove = informer.addHandler({ added: (object) => late.push(objectKey(object)) });
      assert.deepEqual(late, ["default/a"]);
      remove();
      fake.create(configMap("b"));
      await eventually(() => informer.lister.size === 2);
      assert.deepEqual(late, ["default/a"]);
    });

    test("is not disturbed by a handler that throws", async () => {
      const { informer, log } = start();
      informer.addHandler({
        added: () => {
          throw new Error("a bug");
        },
      });
      await following();
      fake.create(configMap("a"));
      fake.create(configMap("b"));
      await eventually(() => log.length === 2);
    });

    test("agrees with the server after any mixture of changes, broken watches and compactions", async () => {
      const { informer } = start({ pageSize: 2, random: () => 0 });
      const mirror = new Map<string, string | undefined>();
      informer.addHandler({
        added: (object) => {
          assert.ok(!mirror.has(objectKey(object)), "added twice");
          mirror.set(objectKey(object), object.metadata?.resourceVersion);
        },
        updated: (_before, object) => {
          assert.ok(mirror.has(objectKey(object)), "updated before it was added");
          mirror.set(objectKey(object), object.metadata?.resourceVersion);
        },
        deleted: (object) => assert.ok(mirror.delete(objectKey(object)), "deleted before it was added"),
      });
      const random = seeded(7);
      for (let step = 0; step < 400; step++) {
        const name = `m${Math.floor(random() * 6)}`;
        const choice = random();
        if (choice < 0.5)
          fake.put({ ...configMap(name), metadata: { name, namespace: "default", uid: `${step >> 6}` } });
        else if (choice < 0.8 && fake.objects.has(`default/${name}`)) fake.remove(`default/${name}`);
        else if (choice < 0.85) fake.breakWatches(new StatusError("ServiceUnavailable", "shaken"));
        else if (choice < 0.9) fake.compact();
        else if (choice < 0.95) fake.bookmark();
        if (random() < 0.3) await new Promise((resolve) => setImmediate(resolve));
      }
      const wanted = () => [...fake.objects].map(([key, object]) => [key, object.metadata?.resourceVersion]).sort();
      await eventually(() => {
        assert.deepEqual([...mirror].sort(), wanted());
        return true;
      });
    });
  });
}

describe("an informer in simulated time", () => {
  test("waits longer and longer while the server is away, and then catches up", async () => {
    const clock = new SimulatedClock();
    const fake = new FakeKind<ConfigMap>();
    const router = new Router();
    fake.serve(router, ConfigMapServiceDefinition);
    const { client, close } = await connections["in process"]!(router);
    fake.create(configMap("a"));
    fake.before = () => {
      throw new StatusError("ServiceUnavailable", "away");
    };
    const informer = createInformer(client.core.v1.configmaps, { clock, random: () => 0 });
    informer.start();
    await clock.advance(60_000);
    const attempts = fake.calls["list"] ?? 0;
    assert.ok(attempts > 5 && attempts < 15, `${attempts} attempts in a minute`);
    fake.before = () => {};
    await clock.advance(30_000);
    assert.equal(informer.synced, true);
    assert.equal(informer.lister.size, 1);
    await informer.stop();
    await close();
  });

  test("replaces a watch that has fallen silent, but not one with bookmarks", async () => {
    const clock = new SimulatedClock();
    const fake = new FakeKind<ConfigMap>();
    const router = new Router();
    fake.serve(router, ConfigMapServiceDefinition);
    const { client, close } = await connections["in process"]!(router);
    const informer = createInformer(client.core.v1.configmaps, { clock, inactivityMs: 10_000 });
    informer.start();
    await clock.advance(0);
    for (let i = 0; i < 5; i++) {
      await clock.advance(8_000);
      fake.bookmark();
      await clock.advance(0);
    }
    assert.equal(fake.calls["watch"], 1);
    await clock.advance(12_000);
    assert.equal(fake.calls["watch"], 2);
    assert.equal(fake.calls["list"], 1);
    await informer.stop();
    await close();
  });

  test("gives up waiting for its first list when it is stopped or the waiter's signal aborts", async () => {
    const fake = new FakeKind<ConfigMap>();
    fake.before = () => {
      throw new StatusError("ServiceUnavailable", "away");
    };
    const router = new Router();
    fake.serve(router, ConfigMapServiceDefinition);
    const { client, close } = await connections["in process"]!(router);
    const informer = createInformer(client.core.v1.configmaps);
    informer.start();
    const reason = new Error("impatient");
    await assert.rejects(informer.waitForSync(AbortSignal.abort(reason)), (error) => error === reason);
    const waiting = informer.waitForSync();
    await Promise.all([assert.rejects(waiting, /stopped/), informer.stop()]);
    await close();
  });
});

/** Numbers in [0, 1) that are the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
