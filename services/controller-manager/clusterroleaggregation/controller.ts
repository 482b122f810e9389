import type { ClusterRole, PolicyRule } from "../../../gen/typernetes/rbac/v1/cluster_role.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";

/** Puts together the rules of cluster roles that are made of others. */
export function createClusterRoleAggregationController(context: ControllerContext): Controller {
  return new ClusterRoleAggregationController(context);
}

class ClusterRoleAggregationController implements Controller {
  readonly name = "clusterrole-aggregation-controller";
  readonly workers = 1;
  readonly #context: ControllerContext;
  readonly #roles: Informer<ClusterRole>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#roles = context.informers.informer(context.client.rbac.v1.clusterroles);
  }

  setUp(enqueue: Enqueue): void {
    // Any role may have been, or become, a part of any other.
    const all = () => {
      for (const role of this.#roles.lister.list()) if (role.aggregationRule) enqueue(role.metadata?.name ?? "");
    };
    this.#roles.addHandler({ added: all, updated: all, deleted: all });
  }

  async reconcile(name: string, _signal: AbortSignal): Promise<void> {
    const role = this.#roles.lister.byKey(name);
    if (!role?.aggregationRule || role.metadata?.deletionTimestamp) return;
    const rules = this.#rulesOf(role);
    if (deepEqual(rules, role.rules ?? [])) return;
    try {
      await this.#context.client.rbac.v1.clusterroles.update({ ...role, rules });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  /** The rules of every role that a selector matches, by name, each once. */
  #rulesOf(role: ClusterRole): PolicyRule[] {
    const matchers = (role.aggregationRule?.clusterRoleSelectors ?? []).map((selector) => labelMatcherOf(selector));
    const parts = this.#roles.lister
      .list()
      .filter((other) => other.metadata?.name !== role.metadata?.name)
      .filter((other) => matchers.some((matcher) => matcher.matches(other.metadata?.labels ?? {})))
      .sort((one, other) => ((one.metadata?.name ?? "") < (other.metadata?.name ?? "") ? -1 : 1));
    const rules: PolicyRule[] = [];
    for (const rule of parts.flatMap((part) => part.rules ?? [])) {
      if (!rules.some((known) => deepEqual(known, rule))) rules.push(rule);
    }
    return rules;
  }
}
