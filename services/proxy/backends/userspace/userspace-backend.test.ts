import assert from "node:assert/strict";
import { type Stage, testBackendConformance } from "../conformance.ts";
import { Agent } from "../conformance-client.ts";
import { createUserspaceBackend } from "./userspace-backend.ts";

/** A node whose pods are addresses of the loopback device: of a range of its own per test process. */
async function openLoopbackStage(): Promise<Stage> {
  const range = `127.${100 + (process.pid % 100)}.${process.pid % 250}`;
  const endpoints = [10, 11, 12].map((last) => ({ ip: `${range}.${last}`, port: 8080 }));
  const pods = endpoints.map(({ ip }) => new Agent({ from: ip }));
  const outside = new Agent({ from: `${range}.50` });
  const host = new Agent({ from: "127.0.0.1" });
  const backend = createUserspaceBackend();
  const replies = await Promise.all(
    pods.map((pod, number) => pod.request({ do: "serve", ...endpoints[number]!, name: `e${number}` })),
  );
  assert.deepEqual(replies, [{}, {}, {}]);
  return {
    backend,
    host,
    pods,
    endpoints,
    outside,
    serviceAddresses: [`${range}.100`, `${range}.101`],
    nodeAddresses: { host: ["127.0.0.1"], outside: "127.0.0.1" },
    firstPort: 21_000 + (process.pid % 1_000),
    close: async () => {
      await Promise.all([backend.close(), ...[...pods, outside, host].map((agent) => agent.close())]);
    },
  };
}

testBackendConformance("userspace", openLoopbackStage);
