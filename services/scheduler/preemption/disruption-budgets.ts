import type { PodDisruptionBudget } from "../../../gen/typernetes/policy/v1/pod_disruption_budget.ts";
import { type LabelMatcher, labelMatcherOf } from "../../../lib/api/label-selector.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";

interface Budget {
  namespace: string;
  matcher: LabelMatcher;
  allowed: number;
  /** Pods whose going is counted already. */
  disrupted: ReadonlySet<string>;
}

/** How many pods of which kind may be taken away at once. */
export class DisruptionBudgets {
  readonly #budgets = new Map<string, Budget>();

  put({ metadata, spec, status }: PodDisruptionBudget): void {
    const namespace = metadata?.namespace ?? "";
    this.#budgets.set(`${namespace}/${metadata?.name}`, {
      namespace,
      matcher: labelMatcherOf(spec?.selector),
      allowed: status?.disruptionsAllowed ?? 0,
      disrupted: new Set(Object.keys(status?.disruptedPods ?? {})),
    });
  }

  remove({ metadata }: PodDisruptionBudget): void {
    this.#budgets.delete(`${metadata?.namespace ?? ""}/${metadata?.name}`);
  }

  /** Which of the pods could not all go, in this order, without a budget being overdrawn. */
  violating(pods: readonly PodInfo[]): Set<PodInfo> {
    const violating = new Set<PodInfo>();
    const left = new Map([...this.#budgets.values()].map((budget) => [budget, budget.allowed]));
    for (const pod of pods) {
      for (const budget of this.#budgets.values()) {
        if (!protects(budget, pod)) continue;
        const now = (left.get(budget) ?? 0) - 1;
        left.set(budget, now);
        if (now < 0) violating.add(pod);
      }
    }
    return violating;
  }
}

function protects({ namespace, matcher, disrupted }: Budget, pod: PodInfo): boolean {
  if (namespace !== pod.namespace || matcher.isEmpty || !matcher.matches(pod.labels)) return false;
  return !disrupted.has(pod.pod.metadata?.name ?? "");
}
