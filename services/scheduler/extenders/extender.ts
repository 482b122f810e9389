import type { HostPriority } from "../../../gen/typernetes/scheduler/v1/extender.ts";
import type { Plugin } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { NodeEntry } from "../snapshot/snapshot.ts";

/** What an extender says of nodes, by name. */
export interface ExtenderVerdict {
  nodeNames: readonly string[];
  failed: Readonly<Record<string, string>>;
  unresolvable: Readonly<Record<string, string>>;
}

/** Who would leave a node to make room. */
export interface NodeVictims {
  /** The most important first. */
  readonly pods: readonly PodInfo[];
  /** How many of them go against a disruption budget. */
  readonly violations: number;
}

/** As `NodeVictims`, with the pods by uid. */
export interface NodeVictimIds {
  readonly uids: readonly string[];
  readonly violations: number;
}

/** A program that has a say in where pods go, beside the plugins. */
export interface Extender extends Pick<Plugin, "name" | "wakeOn"> {
  /** How much its scores count. */
  readonly weight: number;
  /** Whether pods are placed, too, when it cannot be asked. */
  readonly ignorable: boolean;
  readonly filters: boolean;
  readonly prioritizes: boolean;
  readonly preempts: boolean;
  readonly binds: boolean;

  isInterested(pod: PodInfo): boolean;
  /** @throws StatusError when it cannot be asked. */
  filter(pod: PodInfo, nodes: readonly NodeEntry[]): Promise<ExtenderVerdict>;
  /** Scores 0 to 10. @throws StatusError when it cannot be asked. */
  prioritize(pod: PodInfo, nodes: readonly NodeEntry[]): Promise<readonly HostPriority[]>;
  /** The nodes that remain, with who is to leave them, by name. @throws StatusError when it cannot be asked. */
  preempt(pod: PodInfo, victims: ReadonlyMap<string, NodeVictims>): Promise<ReadonlyMap<string, NodeVictimIds>>;
  /** Binds a pod in the scheduler's place; answers why it did not. @throws StatusError when it cannot be asked. */
  bind(pod: PodInfo, nodeName: string): Promise<string | undefined>;
  close(): Promise<void>;
}
