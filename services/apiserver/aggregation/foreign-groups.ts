import type { Priority } from "./group-priorities.ts";
import type { RemoteDescription } from "./remote-description.ts";
import type { RemoteResource } from "./remote-resources.ts";

/** A group version of another server, for discovery. */
export interface ForeignVersion extends Priority {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly RemoteResource[];
  /** Whether the server answered when it was last asked. */
  readonly isCurrent: boolean;
  /** Names the state of its description; undefined when it has none. */
  readonly openApiHash: string | undefined;
  /** In OpenAPI v2; undefined when it has none. */
  readonly description: RemoteDescription | undefined;
}

/** What other servers serve now, as discovery shows it. */
export class ForeignGroups {
  readonly #listeners = new Set<() => void>();
  #versions: readonly ForeignVersion[] = [];
  #state = "[]";

  /** Those with the highest priority come first. */
  all(): readonly ForeignVersion[] {
    return this.#versions;
  }

  set(versions: readonly ForeignVersion[]): void {
    const state = JSON.stringify(versions);
    if (state === this.#state) return;
    this.#state = state;
    this.#versions = [...versions].sort(byPriority);
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after every change. Answers how to end that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function byPriority(left: ForeignVersion, right: ForeignVersion): number {
  return right.groupPriorityMinimum - left.groupPriorityMinimum || right.versionPriority - left.versionPriority;
}
