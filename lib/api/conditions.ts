/** What conditions of all kinds have in common. */
export interface Condition {
  type?: string | undefined;
  status?: string | undefined;
  reason?: string | undefined;
  message?: string | undefined;
  lastTransitionTime?: string | undefined;
}

/** The condition of that type; undefined when there is none. */
export function findCondition<C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition of that type is there and `True`. */
export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}

/**
 * The conditions with `condition` in the place of the one of its type, or at the end. `lastTransitionTime` changes to `now`
 * (RFC 3339) only when the status does. The list itself is answered when nothing changes.
 */
export function withCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  condition: C,
  now: string,
): readonly C[] {
  const list = conditions ?? [];
  const index = list.findIndex((other) => other.type === condition.type);
  const old = list[index];
  const isSameStatus = old?.status === condition.status;
  const next = { ...old, ...condition, lastTransitionTime: isSameStatus ? (old?.lastTransitionTime ?? now) : now };
  if (!old) return [...list, next];
  return isSameStatus && old.reason === next.reason && old.message === next.message ? list : list.with(index, next);
}

/** The conditions without those of a type. */
export function withoutCondition<C extends Condition>(conditions: readonly C[] | undefined, type: string): C[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}
