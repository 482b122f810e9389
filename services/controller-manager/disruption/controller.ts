import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodDisruptionBudget } from "../../../gen/typernetes/policy/v1/pod_disruption_budget.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { formatLabelSelector, labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { messageOf } from "../failures.ts";
import { countHealthy, disruptedPods, failedStatus, statusFrom } from "./budget-status.ts";
import { ExpectedScaleReader } from "./expected-scale.ts";
import { StaleDisruptions } from "./stale-disruptions.ts";

/** Keeps in the status of disruption budgets how many pods may be evicted now. */
export function createDisruptionController(context: ControllerContext): Controller {
  return new DisruptionController(context);
}

class DisruptionController implements Controller {
  readonly name = "disruption-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #budgets: Informer<PodDisruptionBudget>;
  readonly #pods: Informer<Pod>;
  readonly #scales: ExpectedScaleReader;
  readonly #stale: StaleDisruptions;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#budgets = context.informers.informer(context.client.policy.v1.poddisruptionbudgets);
    this.#pods = context.informers.informer(context.client.core.v1.pods);
    this.#scales = new ExpectedScaleReader(context);
    this.#stale = new StaleDisruptions(context, this.#pods);
  }

  setUp(enqueue: Enqueue): void {
    const own = (budget: PodDisruptionBudget) => enqueue(objectKey(budget));
    this.#budgets.addHandler({ added: own, updated: (_, after) => own(after) });
    const protecting = (pod: Pod) => {
      for (const budget of this.#budgets.lister.list(pod.metadata?.namespace)) if (covers(budget, pod)) own(budget);
    };
    this.#pods.addHandler({
      added: protecting,
      updated: (before, after) => {
        if (!deepEqual(before.metadata?.labels, after.metadata?.labels)) protecting(before);
        protecting(after);
      },
      deleted: protecting,
    });
    this.#stale.setUp();
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | void> {
    const budget = this.#budgets.lister.byKey(key);
    if (!budget) return;
    const { clock, recorder } = this.#context;
    const pods = this.#pods.lister.list(budget.metadata?.namespace).filter((pod) => covers(budget, pod));
    if (pods.length === 0) recorder.event(budget, "Normal", "NoPods", "No matching pods found");
    const { pending, overdue, recheckAtMs } = disruptedPods(budget, pods, clock.now());
    const { namespace, name } = budget.metadata ?? {};
    for (const pod of overdue)
      recorder.event(
        pod,
        "Warning",
        "NotDeleted",
        `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`,
      );
    const counts = await this.#count(budget, pods, signal);
    if (!counts) return;
    const currentHealthy = countHealthy(pods, pending);
    await this.#write(budget, statusFrom(budget, { ...counts, currentHealthy, pending }, clock.now()));
    return recheckAtMs === undefined ? undefined : { requeueAfterMs: recheckAtMs - clock.now() + 1 };
  }

  close(): void {
    this.#stale.close();
  }

  /** Undefined when that is impossible now, which the status then says. */
  async #count(budget: PodDisruptionBudget, pods: Pod[], signal: AbortSignal) {
    try {
      return await this.#expect(budget, pods, signal);
    } catch (error) {
      const message = messageOf(error);
      const told = `Failed to calculate the number of expected pods: ${message}`;
      this.#context.recorder.event(budget, "Warning", "CalculateExpectedPodCountFailed", told);
      await this.#write(budget, failedStatus(budget, message, this.#context.clock.now()));
      throw error;
    }
  }

  async #expect(budget: PodDisruptionBudget, pods: Pod[], signal: AbortSignal) {
    const { minAvailable, maxUnavailable } = budget.spec ?? {};
    if (maxUnavailable === undefined && typeof minAvailable !== "string")
      return { expectedPods: pods.length, desiredHealthy: minAvailable ?? 0 };
    const { expected, unmanaged } = await this.#scales.read(pods, signal);
    if (unmanaged.length > 0) this.#tellUnmanaged(budget);
    const desiredHealthy =
      maxUnavailable === undefined
        ? shareOf(minAvailable ?? 0, expected)
        : Math.max(0, expected - shareOf(maxUnavailable, expected));
    return { expectedPods: expected, desiredHealthy };
  }

  #tellUnmanaged(budget: PodDisruptionBudget): void {
    const message =
      `Pods selected by this PodDisruptionBudget (selector: ${formatLabelSelector(budget.spec?.selector)}) were found to be unmanaged. ` +
      "As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. " +
      'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
    this.#context.recorder.event(budget, "Warning", "UnmanagedPods", message);
  }

  async #write(budget: PodDisruptionBudget, status: PodDisruptionBudget["status"]): Promise<void> {
    if (deepEqual(budget.status, status)) return;
    try {
      await this.#context.client.policy.v1.poddisruptionbudgets.updateStatus({ ...budget, status });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

function covers({ metadata, spec }: PodDisruptionBudget, pod: Pod): boolean {
  return (
    metadata?.namespace === pod.metadata?.namespace && labelMatcherOf(spec?.selector).matches(pod.metadata?.labels)
  );
}

/** A share of a total, rounded up, or the number itself. */
function shareOf(value: unknown, total: number): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? Math.ceil((Number(value.replace(/%$/, "")) * total) / 100) : 0;
}
