import type { Identity } from "../../../lib/grpc/router.ts";
import type { DefaultPolicy } from "../bootstrap/rbac/default-policy.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import { decide } from "./authorise.ts";
import type { Attributes, Authoriser } from "./authoriser.ts";
import { administrators, controllers } from "./component-authorisers.ts";
import { NodeAuthoriser } from "./node-authoriser.ts";
import { RbacAuthoriser } from "./rbac/rbac-authoriser.ts";
import { RoleSource } from "./rbac/role-source.ts";
import type { GrantedRule } from "./rbac/rule-set.ts";

export interface AccessControlParts {
  cache: WatchCache;
  resource: (group: string, plural: string) => ResourceInfo;
  defaults: DefaultPolicy;
  /** Asked last. */
  further?: readonly Authoriser[] | undefined;
}

/** Who decides who may do what. */
export class AccessControl {
  /** In the order in which they are asked. */
  readonly authorisers: readonly Authoriser[];
  readonly #rbac: RbacAuthoriser;
  readonly #roles: RoleSource;

  constructor({ cache, resource, defaults, further = [] }: AccessControlParts) {
    this.#roles = new RoleSource(cache, resource, defaults);
    this.#rbac = new RbacAuthoriser(this.#roles);
    const node = new NodeAuthoriser(cache, resource("", "pods"));
    this.authorisers = [administrators, controllers, node, this.#rbac, ...further];
  }

  /** Whether somebody may do something. */
  async isAllowed(identity: Identity, attributes: Attributes): Promise<boolean> {
    return (await decide(this.authorisers, identity, attributes)).verdict === "allow";
  }

  /** All that roles and bindings give to somebody, in the whole cluster and in a namespace. */
  rulesOf(identity: Identity, namespace: string | undefined): { rules: GrantedRule[]; errors: string[] } {
    return this.#rbac.rulesOf(identity, namespace);
  }

  /** What a role in the cluster or in a namespace allows; undefined when it is not there. */
  roleRules(kind: string, namespace: string, name: string) {
    return kind === "Role" ? this.#roles.role(namespace, name) : this.#roles.clusterRole(name);
  }

  /** From now on only stored roles and bindings count. */
  defaultsAreStored(): void {
    this.#roles.defaultsAreStored();
  }
}
