import type { Clock } from "../../lib/base/clock.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import type { Store } from "../../lib/storage/store.ts";
import { admissionPlugins, type PluginChoice } from "./admission/list.ts";
import type { ClusterAddresses } from "./allocators/cluster-addresses.ts";
import type { NodePorts } from "./allocators/node-ports.ts";
import type { Auditor } from "./audit/auditor.ts";
import { AccessControl } from "./auth/access-control.ts";
import type { AuthOptions } from "./auth/auth-options.ts";
import { createAuthenticators } from "./auth/authenticators.ts";
import { defaultIssuer, ServiceAccountTokens } from "./auth/tokens/service-account-tokens.ts";
import { TokenKeys } from "./auth/tokens/token-keys.ts";
import { WebhookAuthoriser } from "./auth/webhook-authoriser.ts";
import type { DefaultPolicy } from "./bootstrap/rbac/default-policy.ts";
import type { Core } from "./core.ts";
import { definitionHooks } from "./crd/definition-hooks.ts";
import { defaultTotalConcurrency, Fairness } from "./fairness/fairness.ts";
import type { KubeletTransport } from "./kubelet-connections.ts";
import type { KindHooks } from "./registry/kind-hooks.ts";
import { namespaceHooks } from "./registry/namespace-hooks.ts";
import type { ObjectStore } from "./registry/object-store.ts";
import { serviceHooks } from "./registry/service-hooks.ts";
import type { ResourceInfo } from "./resource-info.ts";
import type { WatchCache } from "./watch-cache/watch-cache.ts";

export interface CoreParts {
  store: Store;
  cache: WatchCache;
  clock: Clock;
  random: () => number;
  logger: Logger;
  resources: readonly ResourceInfo[];
  objects: ObjectStore;
  addresses: ClusterAddresses;
  nodePorts: NodePorts;
  kubeletTransport: KubeletTransport;
  admissionPlugins: PluginChoice;
  defaultPolicy: DefaultPolicy;
  auth: AuthOptions;
  /** The cluster's authority, as PEM. */
  caCertificate: string | undefined;
  audit: Auditor | undefined;
  /** Requests that are worked on at once; 0 for no limit, 600 when absent. */
  totalConcurrency: number | undefined;
  /** The private key that signs tokens, as PEM. */
  tokenKey: () => string;
}

const noHooks: KindHooks = {};

/** Puts together what the verbs work on. */
export function createCore(parts: CoreParts): Core {
  const { store, cache, objects, clock, random, logger, kubeletTransport } = parts;
  const byName = new Map(parts.resources.map((info) => [`${info.schema.group}/${info.schema.plural}`, info]));
  const resource = (group: string, plural: string): ResourceInfo => {
    const info = byName.get(`${group}/${plural}`);
    if (!info) throw new Error(`no resource ${plural} in ${group || "core"}`);
    return info;
  };
  const hooks = new Map<ResourceInfo, KindHooks>([
    [resource("", "namespaces"), namespaceHooks],
    [resource("", "services"), serviceHooks(parts.addresses, parts.nodePorts)],
    [resource("apiextensions.k8s.io", "customresourcedefinitions"), definitionHooks(clock)],
  ]);
  const { auth } = parts;
  const issuer = auth.serviceAccountIssuer ?? defaultIssuer;
  const keys = new TokenKeys(() => ({ signing: parts.tokenKey(), further: auth.serviceAccountKeys ?? [] }));
  const apiAudiences = auth.apiAudiences ?? [issuer];
  const extendsProjected = auth.extendTokenExpiration ?? true;
  const tokens = new ServiceAccountTokens({ cache, clock, resource, keys, issuer, apiAudiences, extendsProjected });
  const { authorizationWebhook: webhook } = auth;
  const further = webhook ? [new WebhookAuthoriser(webhook, clock, logger)] : [];
  const access = new AccessControl({ cache, resource, defaults: parts.defaultPolicy, further });
  const { caCertificate } = parts;
  const { totalConcurrency = defaultTotalConcurrency } = parts;
  const { configuration } = parts.admissionPlugins;
  const context = { cache, objects, clock, logger, random, resource, access, tokens, caCertificate, configuration };
  const plugins = admissionPlugins(context, parts.admissionPlugins);
  return {
    clock,
    random,
    logger,
    store,
    cache,
    objects,
    admission: plugins,
    resource,
    kubeletTransport,
    authenticators: createAuthenticators({ cache, clock, secrets: resource("", "secrets"), tokens }, auth),
    tokens,
    audit: parts.audit,
    fairness: totalConcurrency === 0 ? undefined : new Fairness({ cache, clock, resource, totalConcurrency }),
    access,
    hooksOf: (info) => hooks.get(info) ?? noHooks,
  };
}
