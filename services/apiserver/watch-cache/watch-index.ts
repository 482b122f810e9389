import type { CacheEvent, EventFrame } from "./cache-event.ts";
import type { CachedObject, IndexedFields } from "./cached-object.ts";
import { Delivery } from "./delivery.ts";
import { isSelected, type Selection } from "./selection.ts";
import type { Watcher } from "./watcher.ts";

/** Watchers with the same selection: an event is judged once for all of them. */
interface WatchGroup {
  readonly selection: Selection;
  readonly watchers: Set<Watcher>;
  /** Frames of the batch that is being distributed. */
  pending: EventFrame[];
}

type GroupsByValue = Map<string, Set<WatchGroup>>;

/**
 * Finds the watchers of an event. A group that selects on a field's value stands under that value, so an event costs
 * nothing to groups of other values; groups of one namespace stand under it; the rest is asked about every event.
 */
export class WatchIndex {
  readonly #indexOf: (entry: CachedObject) => IndexedFields;
  readonly #groups = new Map<string, WatchGroup>();
  readonly #byField = new Map<string, GroupsByValue>();
  readonly #byNamespace: GroupsByValue = new Map();
  readonly #others = new Set<WatchGroup>();

  constructor(indexOf: (entry: CachedObject) => IndexedFields) {
    this.#indexOf = indexOf;
  }

  get watcherCount(): number {
    let count = 0;
    for (const group of this.#groups.values()) count += group.watchers.size;
    return count;
  }

  add(selection: Selection, watcher: Watcher): void {
    let group = this.#groups.get(selection.key);
    if (!group) {
      group = { selection, watchers: new Set(), pending: [] };
      this.#groups.set(selection.key, group);
      this.#place(group, (groups) => groups.add(group!));
    }
    group.watchers.add(watcher);
  }

  remove(selection: Selection, watcher: Watcher): void {
    const group = this.#groups.get(selection.key);
    if (!group?.watchers.delete(watcher) || group.watchers.size > 0) return;
    this.#groups.delete(selection.key);
    this.#place(group, (groups) => groups.delete(group));
  }

  /** Hands the events of a batch to the watchers that selected them. */
  distribute(events: readonly CacheEvent[], revision: number): void {
    if (this.#groups.size === 0) return;
    const touched = new Set<WatchGroup>();
    for (const event of events) {
      for (const group of this.#candidates(event)) this.#offer(event, group, touched);
    }
    for (const group of touched) {
      const delivery = new Delivery(group.pending, revision);
      group.pending = [];
      for (const watcher of group.watchers) watcher.deliver(delivery);
    }
  }

  /** Ends all watches. */
  endAll(failure?: unknown): void {
    for (const group of [...this.#groups.values()]) {
      for (const watcher of [...group.watchers]) watcher.end(failure);
    }
  }

  #offer(event: CacheEvent, group: WatchGroup, touched: Set<WatchGroup>): void {
    const frame = frameFor(event, group.selection, this.#indexOf);
    if (!frame) return;
    group.pending.push(frame);
    touched.add(group);
  }

  #candidates(event: CacheEvent): Iterable<WatchGroup> {
    if (this.#byField.size === 0 && this.#byNamespace.size === 0) return this.#others;
    const found = new Set(this.#others);
    for (const entry of [event.previous, event.current]) {
      if (entry) this.#collect(entry, found);
    }
    return found;
  }

  #collect(entry: CachedObject, found: Set<WatchGroup>): void {
    for (const group of this.#byNamespace.get(entry.namespace) ?? []) found.add(group);
    if (this.#byField.size === 0) return;
    const { fields } = this.#indexOf(entry);
    for (const [path, groups] of this.#byField) {
      for (const group of groups.get(fields[path] ?? "") ?? []) found.add(group);
    }
  }

  #place(group: WatchGroup, change: (groups: Set<WatchGroup>) => void): void {
    const [field] = group.selection.fieldValues;
    const { namespace } = group.selection;
    if (field) changeUnder(this.#valuesOf(field[0]), field[1], change);
    else if (namespace !== undefined) changeUnder(this.#byNamespace, namespace, change);
    else change(this.#others);
    if (field && this.#byField.get(field[0])?.size === 0) this.#byField.delete(field[0]);
  }

  #valuesOf(path: string): GroupsByValue {
    let values = this.#byField.get(path);
    if (!values) {
      values = new Map();
      this.#byField.set(path, values);
    }
    return values;
  }
}

/** What a watcher of `selection` sees of an event. */
export function frameFor(
  event: CacheEvent,
  selection: Selection,
  indexOf: (entry: CachedObject) => IndexedFields,
): EventFrame | undefined {
  const before = event.previous !== undefined && isSelected(selection, event.previous, indexOf);
  const now = event.current !== undefined && isSelected(selection, event.current, indexOf);
  return event.frameFor(before, now);
}

function changeUnder(groups: GroupsByValue, value: string, change: (groups: Set<WatchGroup>) => void): void {
  let set = groups.get(value);
  if (!set) {
    set = new Set();
    groups.set(value, set);
  }
  change(set);
  if (set.size === 0) groups.delete(value);
}
