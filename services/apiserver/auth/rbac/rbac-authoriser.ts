import type { Identity } from "../../../../lib/grpc/router.ts";
import { type Attributes, type Authoriser, type Decision, isPath, noOpinion } from "../authoriser.ts";
import { BindingIndex, describeGrant, type Grant } from "./binding-index.ts";
import type { RoleSource } from "./role-source.ts";
import { type GrantedRule, RuleSet } from "./rule-set.ts";

/** What one identity has, in the whole cluster and, once asked for, in namespaces. */
interface SubjectRules {
  readonly version: number;
  readonly cluster: RuleSet;
  readonly namespaces: Map<string, RuleSet>;
}

/**
 * Decides by roles and bindings. The rules of an identity are put together once and kept as long as the identity is in use
 * and no role or binding has changed.
 */
export class RbacAuthoriser implements Authoriser {
  readonly name = "RBAC";
  readonly #source: RoleSource;
  #bindings: { version: number; index: BindingIndex } | undefined;
  #subjects = new WeakMap<Identity, SubjectRules>();

  constructor(source: RoleSource) {
    this.#source = source;
  }

  decide(identity: Identity, attributes: Attributes): Decision {
    const subject = this.#subject(identity);
    if (isPath(attributes)) return decisionOf(subject.cluster.findPath(attributes), [subject.cluster]);
    const everywhere = subject.cluster.find(attributes);
    if (everywhere || attributes.namespace === undefined) return decisionOf(everywhere, [subject.cluster]);
    const here = this.#inNamespace(identity, subject, attributes.namespace);
    return decisionOf(here.find(attributes), [subject.cluster, here]);
  }

  /** All rules of an identity, in the whole cluster and in a namespace. */
  rulesOf(identity: Identity, namespace: string | undefined): { rules: GrantedRule[]; errors: string[] } {
    const subject = this.#subject(identity);
    const here = namespace === undefined ? undefined : this.#inNamespace(identity, subject, namespace);
    return {
      rules: [...subject.cluster.rules, ...(here?.rules ?? [])],
      errors: [...subject.cluster.errors, ...(here?.errors ?? [])],
    };
  }

  #subject(identity: Identity): SubjectRules {
    const { version } = this.#source;
    const known = this.#subjects.get(identity);
    if (known?.version === version) return known;
    const cluster = this.#ruleSet(this.#index(version).grantsOf(identity, undefined));
    const made: SubjectRules = { version, cluster, namespaces: new Map() };
    this.#subjects.set(identity, made);
    return made;
  }

  #inNamespace(identity: Identity, subject: SubjectRules, namespace: string): RuleSet {
    const known = subject.namespaces.get(namespace);
    if (known) return known;
    const made = this.#ruleSet(this.#index(subject.version).grantsOf(identity, namespace));
    // Namespaces that do not exist can be asked for without end.
    if (made.rules.length > 0 || made.errors.length > 0) subject.namespaces.set(namespace, made);
    return made;
  }

  #index(version: number): BindingIndex {
    if (this.#bindings?.version !== version) this.#bindings = { version, index: new BindingIndex(this.#source) };
    return this.#bindings.index;
  }

  #ruleSet(grants: readonly Grant[]): RuleSet {
    const rules: GrantedRule[] = [];
    const errors = new Set<string>();
    for (const grant of grants) {
      const { kind = "", name = "" } = grant.role;
      const found = kind === "Role" ? this.#source.role(grant.namespace ?? "", name) : this.#source.clusterRole(name);
      if (!found) errors.add(`${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`);
      const decision = { verdict: "allow", reason: `RBAC: allowed by ${describeGrant(grant)}` } as const;
      for (const rule of found ?? []) rules.push({ rule, decision });
    }
    return new RuleSet(rules, [...errors]);
  }
}

function decisionOf(granted: GrantedRule | undefined, sets: readonly RuleSet[]): Decision {
  if (granted) return granted.decision;
  const errors = sets.flatMap((set) => set.errors);
  if (errors.length === 0) return noOpinion;
  return { verdict: "none", reason: `RBAC: ${errors.length === 1 ? errors[0] : `[${errors.join(", ")}]`}` };
}
