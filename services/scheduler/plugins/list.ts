import type {
  InterPodAffinityArgs,
  NodeAffinityArgs,
  NodeResourcesBalancedAllocationArgs,
  NodeResourcesFitArgs,
  PodTopologySpreadArgs,
} from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import type { Plugin } from "../framework/plugin.ts";
import { dynamicResources } from "./dynamic-resources.ts";
import { imageLocality } from "./image-locality.ts";
import { createInterPodAffinity } from "./inter-pod-affinity.ts";
import { createNodeAffinity } from "./node-affinity.ts";
import { nodeName } from "./node-name.ts";
import { nodePorts } from "./node-ports.ts";
import { createBalancedAllocation } from "./node-resources-balanced-allocation.ts";
import { createNodeResourcesFit } from "./node-resources-fit.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { nodeVolumeLimits } from "./node-volume-limits.ts";
import { createPodTopologySpread } from "./pod-topology-spread.ts";
import { taintToleration } from "./taint-toleration.ts";
import { volumeBinding } from "./volume-binding.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";
import { volumeZone } from "./volume-zone.ts";

/** The settings of plugins that have some, by the plugin's name. */
export interface PluginSettings {
  NodeAffinity?: NodeAffinityArgs;
  NodeResourcesFit?: NodeResourcesFitArgs;
  NodeResourcesBalancedAllocation?: NodeResourcesBalancedAllocationArgs;
  PodTopologySpread?: PodTopologySpreadArgs;
  InterPodAffinity?: InterPodAffinityArgs;
}

/** Every plugin, in the order in which filters are asked: the first refusal counts. */
export function createPlugins(settings: PluginSettings = {}): readonly Plugin[] {
  return [
    nodeUnschedulable,
    nodeName,
    taintToleration,
    createNodeAffinity(settings.NodeAffinity),
    nodePorts,
    createNodeResourcesFit(settings.NodeResourcesFit),
    volumeRestrictions,
    nodeVolumeLimits,
    volumeBinding,
    volumeZone,
    createPodTopologySpread(settings.PodTopologySpread),
    createInterPodAffinity(settings.InterPodAffinity),
    dynamicResources,
    createBalancedAllocation(settings.NodeResourcesBalancedAllocation?.resources),
    imageLocality,
  ];
}

/** Every plugin as it comes. */
export const plugins = createPlugins();
