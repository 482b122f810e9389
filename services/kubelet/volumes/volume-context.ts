import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ReferredObjects } from "../env/referred-objects.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { ServiceAccountTokens } from "./service-account-tokens.ts";

/** What the volumes of one pod are made from, in one look. */
export interface VolumeContext {
  node: NodeContext;
  pod: Pod;
  objects: ReferredObjects;
  tokens: ServiceAccountTokens;
}

/** Where a volume is on the node. */
export interface VolumePath {
  path: string;
  /** No container may write to it, whatever its mount says. */
  readOnly: boolean;
  /** A mount that is read-only by itself: one told to be so again would lose its other restrictions. */
  isSealed?: boolean;
}
