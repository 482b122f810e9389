import type { SchedulerConfiguration } from "./configuration/configuration.ts";

export { readConfiguration } from "./configuration/configuration.ts";

/** Settings of the scheduler. */
export interface SchedulerOptions {
  /** Several may run, and one works: decided by a lease. False only where nobody else can run. */
  leaderElect: boolean;
  /** Unique among those that may run: host name and random text. */
  identity: string;
  /** Profiles, extenders and waiting times; every plugin as it comes when absent. */
  configuration?: SchedulerConfiguration;
}

/** The lease that decides which scheduler works. */
export const leaseName = "kube-scheduler";
