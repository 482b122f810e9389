import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import { nodeRules } from "../bootstrap/rbac/cluster-roles.ts";
import type { RequestAttributes } from "../request-attributes.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import { type Attributes, type Authoriser, type Decision, isPath, noOpinion } from "./authoriser.ts";
import { podReferences } from "./pod-references.ts";
import { RuleSet } from "./rbac/rule-set.ts";

const allowed: Decision = Object.freeze({ verdict: "allow", reason: "" });
const nodeUserPrefix = "system:node:";

/** The node whose kubelet this is; undefined for anybody else. */
export function nodeNameOf({ user, groups }: Identity): string | undefined {
  return user.startsWith(nodeUserPrefix) && groups.includes("system:nodes")
    ? user.slice(nodeUserPrefix.length)
    : undefined;
}

/** Kubelets may do what their role says, of pods and nodes only their own, and of secrets and the like only what those pods refer to. */
export class NodeAuthoriser implements Authoriser {
  readonly name = "Node";
  readonly #cache: WatchCache;
  readonly #pods: ResourceInfo;
  readonly #rules: RuleSet;

  constructor(cache: WatchCache, pods: ResourceInfo) {
    this.#cache = cache;
    this.#pods = pods;
    this.#rules = new RuleSet(
      nodeRules.map((rule) => ({ rule, decision: allowed })),
      [],
    );
  }

  decide(identity: Identity, attributes: Attributes): Decision {
    const node = nodeNameOf(identity);
    if (node === undefined || isPath(attributes)) return noOpinion;
    const fault = this.#fault(node, attributes);
    if (fault) return { verdict: "none", reason: fault };
    return this.#rules.find(attributes)?.decision ?? noOpinion;
  }

  /** Why a request goes beyond the node's own; undefined when it does not. */
  #fault(node: string, attributes: RequestAttributes): string | undefined {
    const { group, resource, subresource, verb, name } = attributes;
    const what = group ? `${resource}.${group}` : resource;
    switch (what) {
      case "pods":
        return subresource ? undefined : this.#otherPods(node, attributes);
      case "nodes":
        return subresource ? undefined : otherNodes(node, attributes);
      case "secrets":
      case "configmaps":
        return this.#unrelated(node, attributes, ["get", "list", "watch"]);
      case "persistentvolumeclaims":
        return subresource === "status"
          ? this.#unrelated(node, attributes, ["get", "patch", "update"])
          : this.#unrelated(node, attributes, ["get"]);
      case "serviceaccounts":
        return this.#unrelated(node, attributes, subresource === "token" ? ["create"] : ["get"]);
      case "leases.coordination.k8s.io":
        return verb === "create" ? undefined : ownOnly(node, attributes);
      case "csinodes.storage.k8s.io":
        return verb === "create" || name === node
          ? undefined
          : `can only access CSINode with the same name as the requesting node`;
      default:
        return undefined;
    }
  }

  #otherPods(node: string, { verb, namespace = "", name = "", fieldSelector }: RequestAttributes): string | undefined {
    if (verb === "get") {
      const pods = this.#cache.cacheOf(this.#pods);
      const entry = pods.get(storeKey(this.#pods, namespace, name));
      const isOwn = entry && pods.indexOf(entry).fields["spec.nodeName"] === node;
      return isOwn ? undefined : `no relationship found between node '${node}' and this object`;
    }
    if (verb !== "list" && verb !== "watch") return undefined;
    const isOwnOnly = fieldSelector?.requirements?.some(
      ({ key, operator, values = [] }) => key === "spec.nodeName" && operator === "In" && values[0] === node,
    );
    return isOwnOnly ? undefined : "can only list/watch pods with spec.nodeName field selector";
  }

  #unrelated(node: string, attributes: RequestAttributes, verbs: readonly string[]): string | undefined {
    const { verb, namespace, name, resource } = attributes;
    if (!verbs.includes(verb)) return `can only ${verbs.join("/")} ${resource}`;
    if (!name || !namespace) return `no object name found`;
    if (this.#isReferred(node, resource, namespace, name)) return undefined;
    return `no relationship found between node '${node}' and this object`;
  }

  /** The pods of a node are looked through when it asks: it asks when a pod starts, seldom otherwise. */
  #isReferred(node: string, resource: string, namespace: string, name: string): boolean {
    const pods = this.#cache.cacheOf(this.#pods);
    return pods.snapshot(namespace).some((entry) => {
      if (pods.indexOf(entry).fields["spec.nodeName"] !== node) return false;
      const pod: Pod = pods.decode(entry);
      return podReferences(pod, resource).has(name);
    });
  }
}

function otherNodes(node: string, { verb, name }: RequestAttributes): string | undefined {
  if (name === node || (verb !== "get" && verb !== "list" && verb !== "watch")) return undefined;
  const what = name ? `'${name}'` : "all nodes";
  return `node '${node}' cannot read ${what}, only its own Node object`;
}

function ownOnly(node: string, { namespace, name }: RequestAttributes): string | undefined {
  if (namespace !== "kube-node-lease") return `can only access leases in the "kube-node-lease" system namespace`;
  return name === node ? undefined : "can only access node lease with the same name as the requesting node";
}
