import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../lib/base/clock.ts";
import { startTestApiserver } from "../apiserver/test-harness.ts";
import { publishDns } from "./publish-dns.ts";

const place = { clusterIP: "10.96.0.10", address: "192.0.2.1", port: 5353 };
const namespace = "kube-system";

test("the service kube-dns leads to where the server listens, also after it has moved", async (context) => {
  const server = await startTestApiserver();
  context.after(() => server.close());
  const client = server.client();
  const { signal } = new AbortController();
  await publishDns(client, place, systemClock, signal);
  const { spec } = await client.core.v1.services.get("kube-dns", { namespace });
  assert.equal(spec?.clusterIP, "10.96.0.10");
  assert.deepEqual(
    spec?.ports?.map(({ name, port, protocol }) => `${name} ${port} ${protocol}`),
    ["dns 53 UDP", "dns-tcp 53 TCP"],
  );
  await publishDns(client, { ...place, port: 5354, httpPort: 8081 }, systemClock, signal);
  const { ports, endpoints } = await client.discovery.v1.endpointslices.get("kube-dns", { namespace });
  assert.deepEqual(
    ports?.map(({ name, port, protocol }) => `${name} ${port} ${protocol}`),
    ["dns 5354 UDP", "dns-tcp 5354 TCP", "metrics 8081 TCP"],
  );
  assert.deepEqual(endpoints, [{ addresses: ["192.0.2.1"], conditions: { ready: true } }]);
});

test("an address that another service has is told at once", async (context) => {
  const server = await startTestApiserver();
  context.after(() => server.close());
  const client = server.client();
  const spec = { clusterIP: place.clusterIP, ports: [{ port: 80 }] };
  await client.core.v1.services.create({ metadata: { name: "first", namespace: "default" }, spec });
  const published = publishDns(client, place, systemClock, AbortSignal.timeout(60_000));
  await assert.rejects(published, { reason: "Invalid", message: /10\.96\.0\.10.*already allocated/ });
});
