import { PodServiceDefinition } from "../../gen/typernetes/core/v1/pod.ts";
import { SchedulerServiceDefinition } from "../../gen/typernetes/scheduler/v1/scheduler.ts";
import type { Clock } from "../../lib/base/clock.ts";
import { StatusError } from "../../lib/base/status-error.ts";
import type { Client } from "../../lib/client/client.ts";
import { createEventRecorder } from "../../lib/client/create-event-recorder.ts";
import { startLeaderElection } from "../../lib/client/leader-election.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import { Router } from "../../lib/grpc/router.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { defaultConfiguration } from "./configuration/configuration.ts";
import type { BindPods } from "./cycle/binder.ts";
import { createExtender } from "./extenders/create-extender.ts";
import { leaseName, type SchedulerOptions } from "./options.ts";
import { defaultSchedulerName } from "./profile.ts";
import { Scheduler } from "./scheduler.ts";

/** What the scheduler is given. */
export interface SchedulerDeps {
  client: Client;
  clock: Clock;
  random: () => number;
  logger: Logger;
  /** Called whenever the cluster has been read, which takes more memory than knowing it. */
  onRead?: () => void;
}

/** A running scheduler, or one that waits to be elected. */
export interface SchedulerService {
  /** The gRPC service `Explain`, to be served by the process. */
  readonly router: Router;
  stop(): Promise<void>;
}

/** Places pods on nodes, as soon as this process leads. */
export function startScheduler(deps: SchedulerDeps, options: SchedulerOptions): SchedulerService {
  let working: Scheduler | undefined;
  const lead = async (signal: AbortSignal) => {
    try {
      await runScheduler(deps, options, signal, (scheduler) => {
        working = scheduler;
      });
    } finally {
      working = undefined;
    }
  };
  const router = explainRouter(deps.client, () => working);
  if (options.leaderElect) {
    const { client, clock, random, logger } = deps;
    const leases = client.coordination.v1.leases;
    const election = startLeaderElection({
      leases,
      name: leaseName,
      identity: options.identity,
      clock,
      random,
      logger,
      lead,
    });
    return { router, stop: () => election.stop() };
  }
  const abort = new AbortController();
  const running = lead(abort.signal).catch((error: unknown) => {
    if (!abort.signal.aborted) deps.logger.error({ err: error }, "the scheduler broke off");
  });
  return {
    router,
    stop: async () => {
      abort.abort(new Error("the scheduler stops"));
      await running;
    },
  };
}

async function runScheduler(
  deps: SchedulerDeps,
  { configuration = defaultConfiguration }: SchedulerOptions,
  signal: AbortSignal,
  onStart: (scheduler: Scheduler) => void,
): Promise<void> {
  const { client, clock, random, logger } = deps;
  const { profiles, backoff } = configuration;
  const extenders = configuration.extenders.map(createExtender);
  const informers = createInformerFactory({ clock, random, logger });
  const recorder = createEventRecorder({ client, component: defaultSchedulerName, clock, random, logger });
  const bindPods: BindPods = (request) => client.call(PodServiceDefinition, "bind", request);
  const scheduler = new Scheduler({
    client,
    bindPods,
    informers,
    recorder,
    clock,
    random,
    logger,
    profiles,
    extenders,
    backoff,
  });
  try {
    await scheduler.start(signal);
    deps.onRead?.();
    onStart(scheduler);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    scheduler.stop();
    await informers.stop();
    await recorder.close();
    await Promise.all(extenders.map((extender) => extender.close()));
  }
}

function explainRouter(client: Client, working: () => Scheduler | undefined): Router {
  return new Router().add(SchedulerServiceDefinition, {
    explain: async ({ namespace, name = "", pod }) => {
      const scheduler = working();
      if (!scheduler)
        throw new StatusError(
          "ServiceUnavailable",
          "this scheduler does not lead: ask the one that holds the lease kube-scheduler",
        );
      const subject = pod ?? (await client.core.v1.pods.get(name, { namespace }));
      return scheduler.explain(subject);
    },
  });
}
