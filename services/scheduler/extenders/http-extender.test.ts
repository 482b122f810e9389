import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Extender as ExtenderSettings } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { noRefusals } from "../cycle/select-node.ts";
import { podInfo } from "../snapshot/pod-info.ts";
import { newNode, newPod, snapshotOf } from "../testing/objects.ts";
import { startTestScheduler } from "../testing/test-scheduler.ts";
import { askExtenders } from "./ask-extenders.ts";
import { createHttpExtender } from "./http-extender.ts";

interface Asked {
  verb: string;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON
  body: any;
}

/** A webhook that answers by verb; `asked` are the questions. */
async function webhook(t: { after(end: () => void): void }, answers: Record<string, (body: Asked["body"]) => unknown>) {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const verb = request.url?.split("/").at(-1) ?? "";
      const body = JSON.parse(Buffer.concat(parts).toString());
      asked.push({ verb, body });
      const answer = answers[verb];
      response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(answer?.(body) ?? null));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const settings: ExtenderSettings = { urlPrefix: `http://127.0.0.1:${port}/scheduler/` };
  return { asked, settings };
}

const verbs = { filterVerb: "filter", prioritizeVerb: "prioritize", preemptVerb: "preempt", bindVerb: "bind" };
const snapshot = snapshotOf(["a", "b", "c", "d"].map((name) => newNode(name)));
const pod = podInfo(newPod("p"));

test("a webhook refuses nodes and rates the others, in Kubernetes' words", async (t) => {
  const { asked, settings } = await webhook(t, {
    filter: ({ Nodes }) => ({
      Nodes: { items: Nodes.items.slice(0, 2) },
      FailedNodes: { c: "too far" },
      FailedAndUnresolvableNodes: { d: "too old" },
    }),
    prioritize: () => [
      { Host: "a", Score: 1 },
      { Host: "b", Score: 10 },
    ],
  });
  const extender = createHttpExtender({ ...settings, ...verbs, weight: 2 });
  const refusals = noRefusals(snapshot);
  const { nodes, scores } = await askExtenders([extender], pod, snapshot.slots, snapshot, refusals);
  assert.deepEqual([...nodes], [0, 1]);
  assert.deepEqual(Object.fromEntries(scores), { 0: 20, 1: 200 });
  assert.deepEqual(Object.fromEntries(refusals.byReason), { "too far": 1, "too old": 1 });
  assert.deepEqual(refusals.resolvable, [2]);
  assert.equal(asked[0]?.body.Pod.metadata.name, "p");
  assert.equal(asked[0]?.body.NodeNames, null);
  assert.deepEqual(
    asked[1]?.body.Nodes.items.map((node: { metadata: { name: string } }) => node.metadata.name),
    ["a", "b"],
  );
});

test("to a webhook that knows the nodes their names are enough; it may write small letters", async (t) => {
  const { asked, settings } = await webhook(t, {
    filter: () => ({ nodenames: ["b"], failednodes: { a: "no" } }),
  });
  const extender = createHttpExtender({ ...settings, ...verbs, nodeCacheCapable: true });
  const { nodeNames, failed } = await extender.filter(pod, [snapshot.entry(0), snapshot.entry(1)]);
  assert.deepEqual([nodeNames, failed], [["b"], { a: "no" }]);
  assert.deepEqual([asked[0]?.body.Nodes, asked[0]?.body.NodeNames], [null, ["a", "b"]]);
});

test("a webhook that fails, is not there or is too slow keeps pods waiting, unless it may be ignored", async (t) => {
  const { settings } = await webhook(t, { filter: () => ({ Error: "no idea" }) });
  const ask = (changes: ExtenderSettings) => {
    const extender = createHttpExtender({ ...settings, filterVerb: "filter", ...changes });
    return askExtenders([extender], pod, snapshot.slots, snapshot, noRefusals(snapshot));
  };
  await assert.rejects(ask({}), /no idea/);
  await assert.rejects(ask({ filterVerb: "missing" }), /failed to ask the extender at URL .*missing, code 404/);
  await assert.rejects(ask({ urlPrefix: "http://127.0.0.1:1" }), /ECONNREFUSED/);
  assert.equal((await ask({ ignorable: true })).nodes.size, 4);
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.after(() => silent.close());
  t.after(() => silent.closeAllConnections());
  const { port } = silent.address() as AddressInfo;
  await assert.rejects(ask({ urlPrefix: `http://127.0.0.1:${port}`, httpTimeout: "50ms" }), /failed to ask/);
});

test("a webhook decides where room is made and who leaves, and binds the pod there", async (t) => {
  const bound: string[] = [];
  const { asked, settings } = await webhook(t, {
    preempt: ({ NodeNameToMetaVictims: { b } }) => ({ NodeNameToMetaVictims: { b } }),
    bind: ({ PodName, Node }) => {
      bound.push(`${PodName} ${Node}`);
      return {};
    },
  });
  const managedResources = [{ name: "example.com/unit" }];
  const { bindVerb: _, ...unbinding } = verbs;
  const preempting = createHttpExtender({ ...settings, preemptVerb: unbinding.preemptVerb, nodeCacheCapable: true });
  const binding = createHttpExtender({ ...settings, bindVerb: "bind", managedResources });
  const cluster = await startTestScheduler([preempting, binding], (client) =>
    client.scheduling.v1.priorityclasses.create({ metadata: { name: "high" }, value: 1000 }),
  );
  t.after(() => cluster.close());
  for (const name of ["a", "b"]) {
    await cluster.createNode(name, { cpu: "1", "example.com/unit": "1" });
    await cluster.createPod(`low-${name}`, { cpu: "1" });
    await cluster.isPlaced(`low-${name}`);
  }
  await cluster.createPod("high", { cpu: "1", "example.com/unit": "1" }, { priorityClassName: "high" });
  const isEnding = async (name: string) => (await cluster.get(name)).metadata?.deletionTimestamp !== undefined;
  const victim = (await cluster.get("low-a")).spec?.nodeName === "b" ? "low-a" : "low-b";
  await eventually(() => isEnding(victim), 60_000);
  assert.equal(await isEnding(victim === "low-a" ? "low-b" : "low-a"), false);
  const question = asked.find(({ verb }) => verb === "preempt")?.body;
  assert.deepEqual(Object.keys(question.NodeNameToMetaVictims).sort(), ["a", "b"]);
  await cluster.remove(victim);
  await eventually(async () => {
    await cluster.clock.advance(1_000);
    return bound.includes("high b");
  }, 60_000);
});
