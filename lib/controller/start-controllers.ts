import type { ControllerContext, ControllerFactory } from "./controller.ts";
import { type RunningController, runController } from "./run-controller.ts";
import type { WorkQueueObserver } from "./work-queue.ts";

export interface StartControllersOptions {
  /** Ends the waiting for the first lists. */
  signal?: AbortSignal;
  /** Told what the queue of each controller does, by the controller's name. */
  observe?: (controller: string) => WorkQueueObserver;
  /** A reconcile is told to end after this long; 60 s when absent. */
  reconcileMsMax?: number;
}

export interface RunningControllers {
  readonly controllers: readonly RunningController[];
  /** Stops all controllers, but not the informers: they belong to the context. */
  stop(): Promise<void>;
}

/** Makes controllers, starts the informers that they ask for, and lets them work once all caches are filled. */
export async function startControllers(
  factories: readonly ControllerFactory[],
  context: ControllerContext,
  options: StartControllersOptions = {},
): Promise<RunningControllers> {
  const { clock, logger, informers } = context;
  const { reconcileMsMax = 60_000, observe } = options;
  const controllers: RunningController[] = [];
  const stop = async () => {
    await Promise.all(controllers.map((controller) => controller.stop()));
  };
  try {
    for (const factory of factories) {
      const controller = factory(context);
      const observer = observe?.(controller.name) ?? {};
      controllers.push(runController(controller, { clock, logger, reconcileMsMax, observer }));
    }
    await informers.start(options.signal);
  } catch (error) {
    await stop();
    throw error;
  }
  for (const controller of controllers) controller.start();
  return { controllers, stop };
}
