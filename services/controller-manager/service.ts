import type { Clock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import { createEventRecorder } from "../../lib/client/create-event-recorder.ts";
import { startLeaderElection } from "../../lib/client/leader-election.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import type { ControllerFactory } from "../../lib/controller/controller.ts";
import { startControllers } from "../../lib/controller/start-controllers.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { controllers } from "./list.ts";
import { type ControllerManagerOptions, leaseName } from "./options.ts";

/** What the controllers are given. */
export interface ControllerManagerDeps {
  client: Client;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** Running controllers, or one that waits to be elected. */
export interface ControllerManager {
  stop(): Promise<void>;
}

/** Runs every controller, as soon as this process leads. */
export function startControllerManager(
  deps: ControllerManagerDeps,
  options: ControllerManagerOptions,
): ControllerManager {
  if (options.leaderElect) {
    const { client, clock, random, logger } = deps;
    return startLeaderElection({
      leases: client.coordination.v1.leases,
      name: leaseName,
      identity: options.identity,
      clock,
      random,
      logger,
      lead: (signal) => runControllers(deps, options, signal),
    });
  }
  const abort = new AbortController();
  const running = runControllers(deps, options, abort.signal).catch((error: unknown) => {
    if (!abort.signal.aborted) deps.logger.error({ err: error }, "the controllers broke off");
  });
  return {
    stop: async () => {
      abort.abort(new Error("the controller manager stops"));
      await running;
    },
  };
}

/** Runs the controllers until `signal` aborts. */
async function runControllers(
  deps: ControllerManagerDeps,
  options: ControllerManagerOptions,
  signal: AbortSignal,
): Promise<void> {
  const informers = createInformerFactory(deps);
  const recorder = createEventRecorder({ ...deps, component: "controller-manager" });
  const recorders = [recorder];
  const factories = controllers.map(({ create, component }): ControllerFactory => {
    const own = createEventRecorder({ ...deps, component });
    recorders.push(own);
    return (context) => create({ ...context, recorder: own }, options);
  });
  try {
    const running = await startControllers(factories, { ...deps, informers, recorder }, { signal });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await running.stop();
  } finally {
    await informers.stop();
    await Promise.all(recorders.map((each) => each.close()));
  }
}
