import type { ClusterRole, PolicyRule } from "../../../../gen/typernetes/rbac/v1/cluster_role.ts";
import type { ClusterRoleBinding } from "../../../../gen/typernetes/rbac/v1/cluster_role_binding.ts";
import type { Role } from "../../../../gen/typernetes/rbac/v1/role.ts";
import type { RoleBinding } from "../../../../gen/typernetes/rbac/v1/role_binding.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { DefaultPolicy } from "../../bootstrap/rbac/default-policy.ts";
import { type ResourceInfo, storeKey } from "../../resource-info.ts";
import type { ResourceCache } from "../../watch-cache/resource-cache.ts";
import type { WatchCache } from "../../watch-cache/watch-cache.ts";

export const rbacGroup = "rbac.authorization.k8s.io";

/** Which object is wanted, in words and for the cache. */
type Find = (group: string, plural: string) => ResourceInfo;

/**
 * Roles and bindings as the cluster has them now. Until the default ones are stored, they are here all the same, so that a
 * cluster that has just begun lets its members in.
 */
export class RoleSource {
  readonly #clusterRoles: ResourceCache;
  readonly #roles: ResourceCache;
  readonly #clusterBindings: ResourceCache;
  readonly #bindings: ResourceCache;
  #defaults: DefaultPolicy | undefined;

  constructor(cache: WatchCache, resource: Find, defaults: DefaultPolicy) {
    const cacheOf = (plural: string) => cache.cacheOf(resource(rbacGroup, plural));
    this.#clusterRoles = cacheOf("clusterroles");
    this.#roles = cacheOf("roles");
    this.#clusterBindings = cacheOf("clusterrolebindings");
    this.#bindings = cacheOf("rolebindings");
    this.#defaults = defaults;
  }

  /** Another number after every change. */
  get version(): number {
    const changes = this.#clusterRoles.version + this.#roles.version;
    return 2 * (changes + this.#clusterBindings.version + this.#bindings.version) + (this.#defaults ? 0 : 1);
  }

  /** The default ones are stored: from now on only what is stored counts. */
  defaultsAreStored(): void {
    this.#defaults = undefined;
  }

  /** Undefined when there is no such role. */
  clusterRole(name: string): readonly PolicyRule[] | undefined {
    const found = this.#find<ClusterRole>(this.#clusterRoles, this.#defaults?.clusterRoles, undefined, name);
    return found && (found.rules ?? []);
  }

  /** Undefined when there is no such role. */
  role(namespace: string, name: string): readonly PolicyRule[] | undefined {
    const found = this.#find<Role>(this.#roles, this.#defaults?.roles, namespace, name);
    return found && (found.rules ?? []);
  }

  clusterBindings(): ClusterRoleBinding[] {
    return this.#all(this.#clusterBindings, this.#defaults?.clusterRoleBindings);
  }

  bindings(): RoleBinding[] {
    return this.#all(this.#bindings, this.#defaults?.roleBindings);
  }

  #find<T extends ApiObject>(
    cache: ResourceCache,
    defaults: readonly T[] | undefined,
    namespace: string | undefined,
    name: string,
  ): T | undefined {
    const entry = cache.get(storeKey(cache.info, namespace, name));
    // The cache of a kind holds objects of that kind.
    if (entry) return cache.decode(entry) as T;
    return defaults?.find(({ metadata }) => metadata?.name === name && metadata.namespace === namespace);
  }

  #all<T extends ApiObject>(cache: ResourceCache, defaults: readonly T[] = []): T[] {
    const stored = cache.snapshot(undefined).map((entry) => cache.decode(entry) as T);
    const isMissing = ({ metadata }: T) => !cache.get(storeKey(cache.info, metadata?.namespace, metadata?.name ?? ""));
    return [...stored, ...defaults.filter(isMissing)];
  }
}
