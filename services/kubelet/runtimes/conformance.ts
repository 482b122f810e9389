import { after, before, test } from "node:test";
import { attachPromises } from "./conformance/attach.ts";
import { containerPromises } from "./conformance/containers.ts";
import { eventPromises } from "./conformance/events.ts";
import { execPromises } from "./conformance/exec.ts";
import { imagePromises } from "./conformance/images.ts";
import { logPromises } from "./conformance/logs.ts";
import { networkPromises } from "./conformance/network.ts";
import { restartPromises } from "./conformance/restart.ts";
import { sandboxPromises } from "./conformance/sandboxes.ts";
import { securityPromises } from "./conformance/security.ts";
import { type RuntimeUnderTest, TestBench } from "./conformance/test-bench.ts";
import { withoutTraces } from "./conformance/traces.ts";

export type { RuntimeUnderTest } from "./conformance/test-bench.ts";

/** For a machine that has much else to do: more than what a promise waits for at most. */
const timeoutMs = 180_000;

/** Tests every promise of the `Runtime` contract on the runtime that `setUp` makes. */
export function runtimeConformance(name: string, setUp: () => Promise<RuntimeUnderTest>): void {
  const bench = new TestBench();
  before(async () => bench.open(await setUp()));
  after(() => bench.close());
  const promises = [
    sandboxPromises,
    containerPromises,
    securityPromises,
    logPromises,
    execPromises,
    attachPromises,
    eventPromises,
    imagePromises,
    networkPromises,
    restartPromises,
  ];
  for (const list of promises) {
    for (const [promise, check] of Object.entries(list)) {
      test(`${name}: ${promise}`, { timeout: timeoutMs }, async () => {
        try {
          await check(bench);
        } finally {
          await bench.removeSandboxes();
        }
      });
    }
  }
  test(`${name}: nothing is left behind`, { timeout: timeoutMs }, async () => {
    const { marks } = bench.subject;
    await bench.close();
    await withoutTraces([bench.mark, ...marks]);
  });
}
