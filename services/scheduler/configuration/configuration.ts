import { readFileSync } from "node:fs";
import type { Extender, KubeSchedulerConfiguration } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import { decode } from "../../../lib/api/decode.ts";
import type { BackoffOptions } from "../../../lib/base/backoff.ts";
import { checkExtenders } from "../extenders/create-extender.ts";
import { defaultProfile, type Profile } from "../profile.ts";
import { profileOf } from "./profile-of.ts";

const apiVersion = "kubescheduler.config.k8s.io/v1";

/** What a configuration file says. */
export interface SchedulerConfiguration {
  readonly profiles: readonly Profile[];
  readonly extenders: readonly Extender[];
  readonly backoff: BackoffOptions | undefined;
  readonly leaderElect: boolean | undefined;
}

/** What holds without a file. */
export const defaultConfiguration: SchedulerConfiguration = {
  profiles: [defaultProfile],
  extenders: [],
  backoff: undefined,
  leaderElect: undefined,
};

/** Reads a file of kind KubeSchedulerConfiguration. @throws when it cannot be read or understood. */
export async function readConfiguration(path: string): Promise<SchedulerConfiguration> {
  const { parseYaml } = await import("../../../lib/api/yaml.ts");
  const [document] = parseYaml(readFileSync(path, "utf8"));
  return parseConfiguration(document?.value);
}

/** Understands a KubeSchedulerConfiguration. @throws TypeError or StatusError, with the faulty field. */
export function parseConfiguration(value: unknown): SchedulerConfiguration {
  const { object } = decode<KubeSchedulerConfiguration>("scheduler.v1.KubeSchedulerConfiguration", value);
  if (object.kind !== "KubeSchedulerConfiguration" || object.apiVersion !== apiVersion)
    throw new TypeError(`a scheduler's configuration is of kind KubeSchedulerConfiguration in ${apiVersion}`);
  const { profiles = [], extenders = [], leaderElection, percentageOfNodesToScore } = object;
  const made = (profiles.length > 0 ? profiles : [{}]).map((profile) =>
    profileOf({ percentageOfNodesToScore, ...profile }, ignoredByScheduler(extenders)),
  );
  if (new Set(made.map(({ schedulerName }) => schedulerName)).size < made.length)
    throw new TypeError("profiles: each schedulerName may be there once");
  checkExtenders(extenders);
  const { podInitialBackoffSeconds = 1, podMaxBackoffSeconds = 10 } = object;
  return {
    profiles: made,
    extenders,
    backoff: { initialMs: podInitialBackoffSeconds * 1000, maxMs: podMaxBackoffSeconds * 1000 },
    leaderElect: leaderElection?.leaderElect,
  };
}

function ignoredByScheduler(extenders: readonly Extender[]): string[] {
  return extenders.flatMap(({ managedResources = [] }) =>
    managedResources.flatMap(({ name, ignoredByScheduler: isIgnored }) => (isIgnored && name ? [name] : [])),
  );
}
