/** In Kubernetes' words; a node may be refused for several reasons at once. */
export type Reasons = readonly [string, ...string[]];

/** Why a node will not do. Refusals are shared: nobody changes them. */
export interface Refusal {
  readonly reasons: Reasons;
  /** Whether taking other pods off the node could help. */
  readonly resolvable: boolean;
}

/** A refusal that could end when other pods left the node. */
export function resolvable(...reasons: Reasons): Refusal {
  return { reasons, resolvable: true };
}

/** A refusal that stands whatever pods leave the node. */
export function unresolvable(...reasons: Reasons): Refusal {
  return { reasons, resolvable: false };
}
