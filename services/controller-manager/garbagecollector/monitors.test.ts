import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import { createEventRecorder } from "../../../lib/client/create-event-recorder.ts";
import { createInformerFactory } from "../../../lib/client/shared-informers.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { startTestApiserver } from "../../apiserver/test-harness.ts";
import { Monitors } from "./monitors.ts";

/** A server that does not have secrets. */
function withoutSecrets(client: Client): Client {
  const dynamic: Client["dynamic"] = (group, plural, version) => {
    const resource = client.dynamic(group, plural, version);
    const list = () => Promise.reject(new StatusError("NotFound", "the server could not find the requested resource"));
    return resource && plural === "secrets" ? Object.create(resource, { list: { value: list } }) : resource;
  };
  return Object.create(client, { dynamic: { value: dynamic } });
}

test("a kind that cannot be listed holds up the others for half a minute only, and new kinds not at all", async () => {
  const clock = new SimulatedClock();
  const server = await startTestApiserver();
  const client = withoutSecrets(server.client());
  const recorder = createEventRecorder({ client, component: "test" });
  const informers = createInformerFactory();
  const context = { client, informers, recorder, clock, random: Math.random, logger: silentLogger };
  const seen = new Set<string>();
  const monitors = new Monitors(context, {
    put: ({ kind, metadata }) => seen.add(`${kind.plural} ${metadata.name}`),
    removed: () => {},
    left: () => {},
  });
  try {
    let ready = false;
    const started = monitors.start().then(() => {
      ready = true;
    });
    await eventually(() => seen.has("namespaces default"));
    await clock.advance(29_000);
    assert.equal(ready, false);
    // Its time may begin only now: when the server has said what it serves.
    await eventually(async () => {
      await clock.advance(2_000);
      return ready;
    });
    await started;
    await client.apiextensions.v1.customresourcedefinitions.create({
      metadata: { name: "parts.stable.example.com" },
      spec: {
        ...{ group: "stable.example.com", scope: "Cluster", names: { plural: "parts", kind: "Part" } },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    });
    const parts = client.dynamic("stable.example.com", "parts", "v1");
    assert.ok(parts);
    await eventually(() => parts.create({ kind: "Part", metadata: { name: "late" } }));
    await eventually(async () => {
      await clock.advance(1_000);
      return seen.has("parts late");
    });
  } finally {
    await monitors.stop();
    await recorder.close();
    await server.close();
  }
});
