import type {
  DefaultPreemptionArgs,
  KubeSchedulerProfile,
  PluginSet,
  Plugins,
  VolumeBindingArgs,
} from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import { decode } from "../../../lib/api/decode.ts";
import type { Plugin } from "../framework/plugin.ts";
import { createPlugins, type PluginSettings } from "../plugins/list.ts";
import { defaultSchedulerName, type Profile } from "../profile.ts";

const preemptionName = "DefaultPreemption";
/** Part of every scheduler here, and not to be configured. */
const fixedNames = ["DefaultBinder", "PrioritySort", "SchedulingGates"];

type Settings = PluginSettings & { DefaultPreemption?: DefaultPreemptionArgs; VolumeBinding?: VolumeBindingArgs };

/** Makes a profile of what the configuration says. @throws TypeError or StatusError, with the faulty field. */
export function profileOf(profile: KubeSchedulerProfile, ignoredResources: readonly string[]): Profile {
  const { plugins: chosen = {}, percentageOfNodesToScore, schedulerName = defaultSchedulerName } = profile;
  const settings = settingsOf(profile);
  const fit = settings.NodeResourcesFit ?? {};
  const ignored = [...(fit.ignoredResources ?? []), ...ignoredResources];
  const all = createPlugins({ ...settings, NodeResourcesFit: { ...fit, ignoredResources: ignored } });
  checkNames(chosen, [...all.map(({ name }) => name), preemptionName, ...fixedNames]);
  const bindSeconds = settings.VolumeBinding?.bindTimeoutSeconds;
  return {
    schedulerName,
    percentageOfNodesToScore,
    plugins: all.flatMap((plugin) => narrowed(plugin, chosen)),
    preemption: isEnabled(preemptionName, "postFilter", chosen) ? (settings.DefaultPreemption ?? {}) : false,
    volumesMsMax: bindSeconds === undefined ? undefined : bindSeconds * 1000,
  };
}

function settingsOf({ pluginConfig = [] }: KubeSchedulerProfile): Settings {
  const settings = pluginConfig.map(({ name = "", args = {} }) => {
    if (!configurable.has(name)) throw new TypeError(`pluginConfig: ${name} has no settings`);
    return [name, decode(`scheduler.v1.${name}Args`, args).object];
  });
  return Object.fromEntries(settings);
}

const configurable: ReadonlySet<string> = new Set<keyof Settings>([
  "DefaultPreemption",
  "InterPodAffinity",
  "NodeAffinity",
  "NodeResourcesBalancedAllocation",
  "NodeResourcesFit",
  "PodTopologySpread",
  "VolumeBinding",
]);

function checkNames(chosen: Plugins, known: readonly string[]): void {
  for (const [point, set] of Object.entries(chosen) as [keyof Plugins, PluginSet | undefined][])
    for (const { name = "" } of [...(set?.enabled ?? []), ...(set?.disabled ?? [])])
      if (name !== "*" && !known.includes(name)) throw new TypeError(`plugins.${point}: there is no plugin ${name}`);
}

/** What is left of a plugin: all of it, only its filter, only its score, or nothing. */
function narrowed(plugin: Plugin, chosen: Plugins): Plugin[] {
  const { filter, score, preFilter, weight, ...rest } = plugin;
  const filters = isEnabled(plugin.name, "filter", chosen);
  const scores = isEnabled(plugin.name, "score", chosen);
  if (!filters && !scores) return [];
  const weightOf = (set: PluginSet | undefined) => set?.enabled?.find(({ name }) => name === plugin.name)?.weight;
  const chosenWeight = weightOf(chosen.score) || weightOf(chosen.multiPoint) || weight;
  return [
    {
      ...rest,
      ...(filters && filter && { filter }),
      ...(filters && preFilter && isEnabled(plugin.name, "preFilter", chosen) && { preFilter }),
      ...(scores && score && { score }),
      ...(chosenWeight !== undefined && { weight: chosenWeight }),
    },
  ];
}

/** What is said of one point counts more than what is said of all; enabling counts more than disabling. */
function isEnabled(name: string, point: keyof Plugins, chosen: Plugins): boolean {
  for (const set of [chosen[point], chosen.multiPoint]) {
    if (set?.enabled?.some((choice) => choice.name === name)) return true;
    if (set?.disabled?.some((choice) => choice.name === name || choice.name === "*")) return false;
  }
  return true;
}
