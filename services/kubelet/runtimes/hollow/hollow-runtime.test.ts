import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { systemClock } from "../../../../lib/base/clock.ts";
import { SimulatedClock } from "../../../../lib/base/simulated-clock.ts";
import { createLoopbackNetwork } from "../../network/loopback-network.ts";
import { containerPromises } from "../conformance/containers.ts";
import { eventPromises } from "../conformance/events.ts";
import { sandboxPromises } from "../conformance/sandboxes.ts";
import { type Promises, TestBench } from "../conformance/test-bench.ts";
import type { ContainerConfig } from "../runtime.ts";
import { createHollowRuntime } from "./hollow-runtime.ts";
import { type Timetable, timetableOfEnv } from "./timetable.ts";

/** The promises of the contract that need nothing to be run. */
const kept: [Promises, string[]][] = [
  [
    sandboxPromises,
    [
      "is ready and says its version",
      "a sandbox is listed with what it was made from and an address",
      "sandboxes are listed newest first, each with its own address",
      "stopping a sandbox kills its containers; it stays listed as not ready",
      "removing a sandbox removes its containers; what is gone may be stopped and removed again",
    ],
  ],
  [
    containerPromises,
    [
      "a container is created, runs and ends with its exit code",
      "a container that succeeds is completed",
      "containers are listed by sandbox, restarts of the same name side by side",
      "a running container is killed when it is removed",
    ],
  ],
  [eventPromises, ["events tell of start, end and removal", "each watcher sees every event"]],
];

/** Plays the few commands that those promises use. */
const timetableOfCommand: Timetable = ({ command = [] }) => {
  const text = command.join(" ");
  const seconds = /sleep ([\d.]+)/.exec(text)?.[1];
  return { startMs: 0, runMs: Number(seconds ?? 0) * 1000, exitCode: Number(/exit (\d+)/.exec(text)?.[1] ?? 0) };
};

const bench = new TestBench();
let directory = "";

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "hollow-runtime-"));
  const place = { internalIP: "127.0.0.1", podCIDR: "127.99.0.0/16" };
  const network = await createLoopbackNetwork({ stateDir: directory, podCIDR: place.podCIDR });
  const runtime = createHollowRuntime({ network, clock: systemClock, timetable: timetableOfCommand });
  await bench.open({
    open: async () => runtime,
    dispose: () => rm(directory, { recursive: true }),
    place,
    image: "any",
    serve: () => [],
    marks: [],
  });
});

after(() => bench.close());

for (const [promises, names] of kept) {
  for (const name of names) {
    test(`hollow: ${name}`, { timeout: 180_000 }, async () => {
      const check = promises[name];
      assert.ok(check, "the contract has no such promise");
      try {
        await check(bench);
      } finally {
        await bench.removeSandboxes();
      }
    });
  }
}

test("the environment is the timetable: start, end and exit code, in simulated time", async () => {
  const clock = new SimulatedClock();
  const network = await createLoopbackNetwork({ stateDir: await mkdtemp(join(directory, "n-")) });
  const runtime = createHollowRuntime({ network, clock });
  const pod = { namespace: "default", name: "pod", uid: "1" };
  const sandboxId = await runtime.runSandbox({
    ...{ pod, attempt: 0, hostname: "pod", hostNetwork: false, portMappings: [], labels: {} },
  });
  const env = { HOLLOW_START_SECONDS: "5", HOLLOW_RUN_SECONDS: "60", HOLLOW_EXIT_CODE: "3" };
  const id = await runtime.createContainer(sandboxId, config({ env }));
  const starting = runtime.startContainer(id);
  await clock.advance(4_999);
  assert.equal((await runtime.containerStatus(id)).state, "Created");
  await clock.advance(1);
  await starting;
  assert.equal((await runtime.containerStatus(id)).state, "Running");
  await clock.advance(59_999);
  assert.equal((await runtime.containerStatus(id)).state, "Running");
  await clock.advance(1);
  const { state, exitCode, reason } = await runtime.containerStatus(id);
  assert.deepEqual({ state, exitCode, reason }, { state: "Exited", exitCode: 3, reason: "Error" });
  await runtime.removeSandbox(sandboxId);
});

test("init containers end at once, others run until they are stopped", () => {
  const init = config({ labels: { "io.kubernetes.container.type": "init" } });
  assert.deepEqual(timetableOfEnv(init), { startMs: 0, runMs: 0, exitCode: 0 });
  assert.deepEqual(timetableOfEnv(config({})), { startMs: 0, exitCode: 0 });
  assert.deepEqual(timetableOfEnv(config({ env: { HOLLOW_RUN_SECONDS: "soon" } })), { startMs: 0, exitCode: 0 });
});

function config({ env = {}, labels = {} }: { env?: Record<string, string>; labels?: Record<string, string> }) {
  const security = { privileged: false, readOnlyRootFilesystem: false, noNewPrivileges: false };
  const lists = { supplementalGroups: [], addCapabilities: [], dropCapabilities: [], mounts: [] };
  const made: ContainerConfig = {
    ...{ name: "main", attempt: 0, image: "any", stdin: false, stdinOnce: false, tty: false, resources: {}, labels },
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    mounts: [],
    security: { ...security, ...lists },
  };
  return made;
}
