import type { FlowSchema, FlowSchemaSpec } from "../../../gen/typernetes/flowcontrol/v1/flow_schema.ts";
import type { PriorityLevelConfiguration } from "../../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { type Attributes, isPath } from "../auth/authoriser.ts";
import { isInProcess } from "../auth/in-process.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import { builtInLevels } from "./built-in-levels.ts";
import { builtInSchemas } from "./built-in-schemas.ts";
import { allocate, limitsOf } from "./concurrency-limits.ts";
import { FairnessMetrics } from "./fairness-metrics.ts";
import { matches, type RulesForSubject, rulesFor } from "./matching.ts";
import { PriorityLevel, type Seat } from "./priority-level.ts";

export interface FairnessParts {
  cache: WatchCache;
  clock: Clock;
  resource: (group: string, plural: string) => ResourceInfo;
  /** Seats of all priority levels together. */
  totalConcurrency: number;
}

/** Requests that are treated alike: which they are, and at which level. */
export interface Classification {
  readonly schemaName: string;
  readonly schemaUid: string;
  readonly level: PriorityLevel;
}

/** A flow schema that is in force. */
interface Schema extends Classification {
  readonly spec: FlowSchemaSpec;
}

/** The schemas that may be about somebody's requests, in the order in which they are asked. */
type Candidates = readonly (readonly [schema: Schema, rules: RulesForSubject])[];

/** Who asks, and who is told how the request was classified. */
export interface FlowCaller {
  readonly identity: Identity;
  readonly signal: AbortSignal;
  readonly flow?: FlowListener | undefined;
}

/** A door that shows its clients how they are treated. */
export interface FlowListener {
  classified(classification: Classification): void;
  /** Releases a seat when the answer is complete. */
  whenAnswered(release: () => void): void;
}

const flowControl = "flowcontrol.apiserver.k8s.io";
const adjustIntervalMs = 10_000;
export const defaultTotalConcurrency = 600;

/**
 * Who is worked on when not everybody can be: sorts requests into priority levels by flow schemas. Each level has seats of
 * its own, so that what one asks for in excess waits without hindering the others.
 */
export class Fairness {
  readonly metrics = new FairnessMetrics();
  readonly #parts: FairnessParts;
  readonly #levels = new Map<string, PriorityLevel>();
  #schemas: readonly Schema[] = [];
  #candidates = new WeakMap<Identity, Candidates>();
  #builtInsAreStored = false;
  #cancel = () => {};

  constructor(parts: FairnessParts) {
    this.#parts = parts;
    this.#configure(builtIns(builtInLevels), builtIns(builtInSchemas));
  }

  start(): void {
    this.reload();
    this.#adjustLater();
  }

  stop(): void {
    this.#cancel();
  }

  /** From now on only stored schemas and levels count, besides the mandatory ones. */
  builtInsAreStored(): void {
    this.#builtInsAreStored = true;
    this.reload();
  }

  /** The levels that requests are sorted into now. */
  levels(): PriorityLevel[] {
    return [...this.#levels.values()];
  }

  /** Takes over what is stored. */
  reload(): void {
    const levels = this.#stored("prioritylevelconfigurations", builtIns(builtInLevels));
    const schemas = this.#stored("flowschemas", builtIns(builtInSchemas));
    this.#configure(levels, schemas);
  }

  /** How a request is treated; undefined where nobody looks at it: calls within this process. */
  classify(identity: Identity, attributes: Attributes): Classification | undefined {
    if (isInProcess(identity)) return undefined;
    let candidates = this.#candidates.get(identity);
    if (!candidates) {
      candidates = this.#schemas.flatMap((schema) => {
        const rules = rulesFor(schema.spec, identity);
        return rules ? [[schema, rules] as const] : [];
      });
      this.#candidates.set(identity, candidates);
    }
    for (const [schema, rules] of candidates) if (matches(rules, attributes)) return schema;
    return this.#schemas.at(-1);
  }

  /**
   * Seats for a request, at once where they are free; undefined when it needs none. Told to the caller's door.
   * @throws StatusError TooManyRequests.
   */
  enter(caller: FlowCaller, attributes: Attributes, width: () => number): Seat | Promise<Seat> | undefined {
    const found = this.classify(caller.identity, attributes);
    if (!found) return undefined;
    caller.flow?.classified(found);
    const { level } = found;
    if (level.isExempt) {
      level.dispatched++;
      return undefined;
    }
    return level.enter({
      flow: () => `${found.schemaName}\n${this.#flowOf(found, caller.identity, attributes)}`,
      width: width(),
      // Most doors make it when it is asked for.
      signal: () => caller.signal,
    });
  }

  text(): string {
    return this.metrics.text(this.levels());
  }

  #flowOf({ schemaName }: Classification, { user }: Identity, attributes: Attributes): string {
    const schema = this.#schemas.find((each) => each.schemaName === schemaName);
    switch (schema?.spec.distinguisherMethod?.type) {
      case "ByUser":
        return user;
      case "ByNamespace":
        return isPath(attributes) ? "" : (attributes.namespace ?? "");
      default:
        return "";
    }
  }

  #configure(
    levels: ReadonlyMap<string, ApiObject & PriorityLevelConfiguration>,
    schemas: ReadonlyMap<string, ApiObject & FlowSchema>,
  ): void {
    const specs = new Map([...levels].map(([name, { spec = {} }]) => [name, spec]));
    const limits = limitsOf(specs, this.#parts.totalConcurrency);
    for (const name of this.#levels.keys()) if (!levels.has(name)) this.#levels.delete(name);
    for (const [name, { metadata, spec = {} }] of levels) {
      const level = this.#levels.get(name) ?? new PriorityLevel(name, this.#parts.clock);
      this.#levels.set(name, level);
      level.configure(spec, metadata?.uid ?? "", limits.get(name)!);
    }
    this.#schemas = [...schemas]
      .flatMap(([schemaName, { metadata, spec = {} }]) => {
        // Those without a level are as if they were not there.
        const level = this.#levels.get(spec.priorityLevelConfiguration?.name ?? "");
        return level ? [{ schemaName, schemaUid: metadata?.uid ?? "", level, spec }] : [];
      })
      .sort(byPrecedence);
    this.#candidates = new WeakMap();
  }

  #stored<T extends ApiObject>(plural: string, others: ReadonlyMap<string, T>): Map<string, T> {
    const cache = this.#parts.cache.cacheOf(this.#parts.resource(flowControl, plural));
    const found = new Map<string, T>();
    for (const [name, object] of others) if (!this.#builtInsAreStored || mandatory.has(name)) found.set(name, object);
    for (const entry of cache.snapshot(undefined)) {
      // A cache holds one kind.
      const object = cache.decode(entry) as T;
      found.set(object.metadata?.name ?? "", object);
    }
    return found;
  }

  #adjustLater(): void {
    this.#cancel = this.#parts.clock.schedule(adjustIntervalMs, () => {
      this.#adjust();
      this.#adjustLater();
    });
  }

  /** Levels that want more get what others lend. */
  #adjust(): void {
    const levels = this.levels().filter(({ isExempt }) => !isExempt);
    const demands = levels.map((level) => ({ limits: level.limits, wanted: level.takeWantedMost() }));
    const seats = allocate(demands, this.#parts.totalConcurrency);
    for (const [index, level] of levels.entries()) if (seats[index] !== level.limit) level.setLimit(seats[index]!);
  }
}

const mandatory = new Set(["exempt", "catch-all"]);

function builtIns<S>(specs: Readonly<Record<string, S>>): Map<string, ApiObject & { spec: S }> {
  return new Map(Object.entries(specs).map(([name, spec]) => [name, { metadata: { name }, spec }]));
}

function byPrecedence(left: Schema, right: Schema): number {
  const difference = (left.spec.matchingPrecedence ?? 0) - (right.spec.matchingPrecedence ?? 0);
  return difference || (left.schemaName < right.schemaName ? -1 : 1);
}
