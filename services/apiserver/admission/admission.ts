import type { Clock } from "../../../lib/base/clock.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { AccessControl } from "../auth/access-control.ts";
import type { ServiceAccountTokens } from "../auth/tokens/service-account-tokens.ts";
import type { ObjectStore } from "../registry/object-store.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import type { AdmissionConfiguration } from "./admission-configuration.ts";
import type { PartKind } from "./admit-part.ts";

/** A write as admission sees it. */
export interface AdmissionRequest {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly info: ResourceInfo;
  readonly subresource: string | undefined;
  /** The kind of the object, where it is none of its own but created under one. */
  readonly part?: PartKind | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
  /** The object to be written; `admit` may change it. Absent for deletions. */
  readonly object: ApiObject | undefined;
  /** The object that is replaced or deleted; frozen. */
  readonly old: ApiObject | undefined;
  readonly identity: Identity;
  readonly dryRun: boolean;
  /** The version that the client wrote; the stored one when absent. */
  readonly apiVersion?: string | undefined;
  readonly fieldManager?: string | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
  /** Tells the client something besides the answer. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Notes something in the audit log. */
  readonly annotate?: ((key: string, value: string) => void) | undefined;
  /** Whether what was changed late lets all plugins look at the object again. */
  readonly pass?: { mustRunAgain: boolean; isSecond: boolean } | undefined;
}

/** What plugins may look at. */
export interface AdmissionContext {
  readonly cache: WatchCache;
  /** For what a plugin writes by itself. */
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The objects of another kind, by group and plural. */
  readonly resource: (group: string, plural: string) => ResourceInfo;
  /** Who may do what else. */
  readonly access: AccessControl;
  readonly tokens: ServiceAccountTokens;
  /** Randomness in [0, 1). */
  readonly random: () => number;
  /** The authority that vouches for the servers of the cluster, as PEM; undefined when nobody is served over the network. */
  readonly caCertificate: string | undefined;
  /** What plugins are told; undefined when nothing. */
  readonly configuration: AdmissionConfiguration | undefined;
}

/** One rule about writes. Both methods throw StatusError `Forbidden` (or what fits) to refuse. */
export interface AdmissionPlugin {
  /** As Kubernetes names it. */
  readonly name: string;
  /** The kinds that it looks at, as `deployments.apps`; all when absent. */
  readonly kinds?: readonly string[];
  /** Called once, before the first request, of plugins that are asked. @throws TypeError when it is told too little to work. */
  begin?(): void;
  /** Changes the object, before validation. What it answers at once is not waited for. */
  admit?(request: AdmissionRequest): Promise<void> | void;
  /** Looks at the object as it will be stored. */
  validate?(request: AdmissionRequest): Promise<void> | void;
}

/** Makes a plugin. */
export type AdmissionPluginFactory = (context: AdmissionContext) => AdmissionPlugin;
