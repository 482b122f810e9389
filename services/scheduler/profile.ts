import type { DefaultPreemptionArgs } from "../../gen/typernetes/scheduler/v1/configuration.ts";
import type { Plugin } from "./framework/plugin.ts";
import { plugins } from "./plugins/list.ts";

/** How the pods of one `spec.schedulerName` are placed. */
export interface Profile {
  readonly schedulerName: string;
  readonly plugins: readonly Plugin[];
  /** Share of the nodes that are enough to choose from; by the size of the cluster when 0 or absent. */
  readonly percentageOfNodesToScore?: number | undefined;
  /** How pods of lower priority are made to leave; false where they are not. */
  readonly preemption?: DefaultPreemptionArgs | false | undefined;
  /** How long volumes are waited for, in milliseconds; 600,000 when absent. */
  readonly volumesMsMax?: number | undefined;
}

/** The name in `spec.schedulerName` of pods that name no other. */
export const defaultSchedulerName = "default-scheduler";

/** Every plugin as it comes. */
export const defaultProfile: Profile = { schedulerName: defaultSchedulerName, plugins };
