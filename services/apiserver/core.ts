import type { Clock } from "../../lib/base/clock.ts";
import type { CallOrigin, Identity } from "../../lib/grpc/router.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import type { Store } from "../../lib/storage/store.ts";
import type { AdmissionPlugin } from "./admission/admission.ts";
import type { Auditor } from "./audit/auditor.ts";
import type { AccessControl } from "./auth/access-control.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import type { ServiceAccountTokens } from "./auth/tokens/service-account-tokens.ts";
import type { Fairness, FlowListener } from "./fairness/fairness.ts";
import type { KubeletTransport } from "./kubelet-connections.ts";
import type { KindHooks } from "./registry/kind-hooks.ts";
import type { ObjectStore } from "./registry/object-store.ts";
import type { ResourceInfo } from "./resource-info.ts";
import type { WatchCache } from "./watch-cache/watch-cache.ts";

/** What the verbs work on. */
export interface Core {
  readonly clock: Clock;
  /** Randomness in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly store: Store;
  readonly objects: ObjectStore;
  readonly cache: WatchCache;
  readonly admission: readonly AdmissionPlugin[];
  /** A kind by group and plural. */
  readonly resource: (group: string, plural: string) => ResourceInfo;
  readonly kubeletTransport: KubeletTransport;
  /** How clients are known, in the order in which they are asked. */
  readonly authenticators: readonly Authenticator[];
  /** The tokens of service accounts. */
  readonly tokens: ServiceAccountTokens;
  /** Writes down who did what, where that is wanted. */
  readonly audit: Auditor | undefined;
  /** Who is worked on when not everybody can be; undefined: everybody. */
  readonly fairness: Fairness | undefined;
  /** Who may do what. */
  readonly access: AccessControl;
  /** What is special about storing a kind. */
  readonly hooksOf: (info: ResourceInfo) => KindHooks;
}

/** Who asks, and until when. */
export interface Caller {
  readonly identity: Identity;
  readonly signal: AbortSignal;
  /** The client as it names itself in HTTP; it sets fields under the part before the first `/` unless it says otherwise. */
  readonly userAgent?: string | undefined;
  /** Whether the door makes its own encoding of a list, from objects of the cache. */
  readonly takesCached?: boolean;
  /** Tells the client something besides the answer, where the door can. */
  readonly warn?: (text: string) => void;
  /** Notes something in the audit log, where the request is written down. */
  readonly annotate?: (key: string, value: string) => void;
  /** A door that shows its clients how their requests are treated. */
  readonly flow?: FlowListener;
  /** How the request came, where the door knows it. */
  readonly origin?: CallOrigin | undefined;
}
