import type { ApiObject } from "../../../lib/resources/strategy.ts";

/** Takes back what a hook did for a write that then failed. */
export type Undo = () => Promise<void>;

export interface HookContext {
  dryRun: boolean;
}

/** What is special about storing a kind and needs more than the object: allocations, and what keeps an object alive. */
export interface KindHooks {
  /** Before a valid object is written first; may complete it. */
  beforeCreate?(object: ApiObject, context: HookContext): Promise<Undo | undefined>;
  /** Before an update is looked at: what it leaves out of what the server gave comes from `old`. */
  completeUpdate?(object: ApiObject, old: ApiObject): void;
  /** Before a valid object replaces `old`; may complete it. */
  beforeUpdate?(object: ApiObject, old: ApiObject, context: HookContext): Promise<Undo | undefined>;
  /** After `object` has replaced `old`. */
  afterUpdate?(object: ApiObject, old: ApiObject): Promise<void>;
  /** After the object has gone. */
  afterDelete?(object: ApiObject): Promise<void>;
  /** Changes an object whose deletion begins. */
  markDeleted?(object: ApiObject): void;
  /** Whether something besides `metadata.finalizers` keeps an object that is being deleted. */
  isHeld?(object: ApiObject): boolean;
}
