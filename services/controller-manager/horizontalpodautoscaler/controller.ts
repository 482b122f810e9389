import type { Scale } from "../../../gen/typernetes/autoscaling/v1/scale.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  HorizontalPodAutoscalerStatus,
  MetricStatus,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { withCondition } from "../../../lib/api/conditions.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { dynamicResource } from "../../../lib/client/dynamic-resource.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { messageOf } from "../failures.ts";
import { evaluateMetrics, type ReadPodMetrics } from "./evaluate-metrics.ts";
import { MetricApis, type ReadPath } from "./metric-apis.ts";
import { ScalingHistory } from "./scaling-rules.ts";

/** How often every autoscaler is looked at. */
const intervalMs = 15_000;

/** Keeps the number of pods of scalable objects where their autoscalers' metrics want it. */
export function createHorizontalPodAutoscalerController(
  context: ControllerContext,
  readPodMetrics: ReadPodMetrics = async (namespace, labelSelector, signal) =>
    (await context.client.metrics.v1beta1.pods.list({ namespace, labelSelector, signal })).items,
  readPath?: ReadPath,
): Controller {
  return new HorizontalPodAutoscalerController(context, readPodMetrics, new MetricApis(context.client, readPath));
}

/** One look at one autoscaler. */
interface Look {
  autoscaler: HorizontalPodAutoscaler;
  conditions: readonly HorizontalPodAutoscalerCondition[];
  currentMetrics: MetricStatus[] | undefined;
  signal: AbortSignal;
}

interface Decision {
  replicas: number;
  reason: string;
}

class HorizontalPodAutoscalerController implements Controller {
  readonly name = "horizontal-pod-autoscaler-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #readPodMetrics: ReadPodMetrics;
  readonly #apis: MetricApis;
  readonly #autoscalers: Informer<HorizontalPodAutoscaler>;
  readonly #pods: Informer<Pod>;
  readonly #histories = new Map<string, ScalingHistory>();

  constructor(context: ControllerContext, readPodMetrics: ReadPodMetrics, apis: MetricApis) {
    const { autoscaling, core } = context.client;
    this.#context = context;
    this.#readPodMetrics = readPodMetrics;
    this.#apis = apis;
    this.#autoscalers = context.informers.informer(autoscaling.v2.horizontalpodautoscalers);
    this.#pods = context.informers.informer(core.v1.pods);
  }

  setUp(enqueue: Enqueue): void {
    const own = (autoscaler: HorizontalPodAutoscaler) => enqueue(objectKey(autoscaler));
    this.#autoscalers.addHandler({
      added: own,
      updated: (before, after) => {
        if (!deepEqual(before.spec, after.spec)) own(after);
      },
      deleted: (autoscaler) => this.#histories.delete(objectKey(autoscaler)),
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | void> {
    const autoscaler = this.#autoscalers.lister.byKey(key);
    if (!autoscaler || autoscaler.metadata?.deletionTimestamp) return;
    const { conditions = [], currentMetrics } = autoscaler.status ?? {};
    await this.#look({ autoscaler, conditions, currentMetrics, signal });
    return { requeueAfterMs: intervalMs };
  }

  async #look(look: Look): Promise<void> {
    const { autoscaler } = look;
    const scale = await this.#readScale(look);
    if (!scale) return this.#write(look, {});
    this.#set(
      look,
      "AbleToScale",
      "True",
      "SucceededGetScale",
      "the HPA controller was able to get the target's current scale",
    );
    const current = scale.spec?.replicas ?? 0;
    const history = this.#historyOf(autoscaler);
    history.begin(current, this.#context.clock.now());
    const decision = await this.#decide(look, scale, current, history);
    const observed = { currentReplicas: scale.status?.replicas ?? current };
    if (!decision) return this.#write(look, { ...observed, desiredReplicas: autoscaler.status?.desiredReplicas ?? 0 });
    const lastScaleTime = await this.#rescale(look, scale, current, decision, history);
    const desiredReplicas = lastScaleTime || decision.replicas === current ? decision.replicas : current;
    await this.#write(look, { ...observed, desiredReplicas, ...(lastScaleTime && { lastScaleTime }) });
  }

  /** Undefined when nothing can be decided, which the conditions then say. */
  async #decide(look: Look, scale: Scale, current: number, history: ScalingHistory): Promise<Decision | undefined> {
    const { minReplicas = 1, maxReplicas = 1 } = look.autoscaler.spec ?? {};
    if (current === 0 && minReplicas !== 0) {
      const message = "scaling is disabled since the replica count of the target is zero";
      this.#set(look, "ScalingActive", "False", "ScalingDisabled", message);
      return { replicas: 0, reason: "" };
    }
    if (current > maxReplicas)
      return { replicas: maxReplicas, reason: "Current number of replicas above Spec.MaxReplicas" };
    if (current < minReplicas)
      return { replicas: minReplicas, reason: "Current number of replicas below Spec.MinReplicas" };
    return this.#decideByMetrics(look, scale, current, history);
  }

  async #decideByMetrics(
    look: Look,
    scale: Scale,
    current: number,
    history: ScalingHistory,
  ): Promise<Decision | undefined> {
    const { autoscaler, signal } = look;
    const { clock, recorder } = this.#context;
    const evaluation = await evaluateMetrics(
      {
        autoscaler,
        scale,
        pods: this.#pods,
        readPodMetrics: this.#readPodMetrics,
        apis: this.#apis,
        nowMs: clock.now(),
      },
      signal,
    );
    look.currentMetrics = evaluation.statuses;
    for (const { reason, message } of evaluation.faults) recorder.event(autoscaler, "Warning", reason, message);
    const { verdict } = evaluation;
    if ("reason" in verdict) {
      this.#set(look, "ScalingActive", "False", verdict.reason, verdict.message);
      if (verdict.isComputing) recorder.event(autoscaler, "Warning", "FailedComputeMetricsReplicas", verdict.error);
      return undefined;
    }
    const found = `the HPA was able to successfully calculate a replica count from ${verdict.metric}`;
    this.#set(look, "ScalingActive", "True", "ValidMetricFound", found);
    const { replicas, ability, limit } = history.limit(autoscaler, current, verdict.replicas, clock.now());
    this.#set(look, "AbleToScale", "True", ability.reason, ability.message);
    if (limit) this.#set(look, "ScalingLimited", "True", limit.reason, limit.message);
    else
      this.#set(
        look,
        "ScalingLimited",
        "False",
        "DesiredWithinRange",
        "the desired count is within the acceptable range",
      );
    const above = verdict.replicas > current ? `${verdict.metric} above target` : "";
    return { replicas, reason: replicas < current ? "All metrics below target" : above };
  }

  /** Answers when it scaled; undefined when there was nothing to do, or it failed. */
  async #rescale(
    look: Look,
    scale: Scale,
    current: number,
    { replicas, reason }: Decision,
    history: ScalingHistory,
  ): Promise<string | undefined> {
    if (replicas === current) return undefined;
    const { recorder, clock } = this.#context;
    const { autoscaler } = look;
    try {
      await this.#target(autoscaler).updateScale({ ...scale, spec: { replicas } });
    } catch (error) {
      const fault = messageOf(error);
      const told = `New size: ${replicas}; reason: ${reason}; error: ${fault}`;
      recorder.event(autoscaler, "Warning", "FailedRescale", told);
      const message = `the HPA controller was unable to update the target scale: ${fault}`;
      this.#set(look, "AbleToScale", "False", "FailedUpdateScale", message);
      return undefined;
    }
    const message = `the HPA controller was able to update the target scale to ${replicas}`;
    this.#set(look, "AbleToScale", "True", "SucceededRescale", message);
    recorder.event(autoscaler, "Normal", "SuccessfulRescale", `New size: ${replicas}; reason: ${reason}`);
    history.scaled(current, replicas, clock.now());
    return rfc3339(clock.now());
  }

  async #readScale(look: Look): Promise<Scale | undefined> {
    const { autoscaler, signal } = look;
    const { namespace } = autoscaler.metadata ?? {};
    try {
      const { name = "" } = autoscaler.spec?.scaleTargetRef ?? {};
      return await this.#target(autoscaler).getScale(name, { namespace, signal });
    } catch (error) {
      const fault = messageOf(error);
      this.#context.recorder.event(autoscaler, "Warning", "FailedGetScale", fault);
      const message = `the HPA controller was unable to get the target's current scale: ${fault}`;
      this.#set(look, "AbleToScale", "False", "FailedGetScale", message);
      return undefined;
    }
  }

  #target({ spec }: HorizontalPodAutoscaler) {
    const { apiVersion = "v1", kind = "" } = spec?.scaleTargetRef ?? {};
    const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
    return dynamicResource(this.#context.client.transport, { group, version, kind });
  }

  #historyOf(autoscaler: HorizontalPodAutoscaler): ScalingHistory {
    const key = objectKey(autoscaler);
    const history = this.#histories.get(key) ?? new ScalingHistory();
    this.#histories.set(key, history);
    return history;
  }

  #set(look: Look, type: string, status: string, reason: string, message: string): void {
    const condition = { type, status, reason, message };
    look.conditions = withCondition(look.conditions, condition, rfc3339(this.#context.clock.now()));
  }

  async #write({ autoscaler, conditions, currentMetrics }: Look, change: HorizontalPodAutoscalerStatus): Promise<void> {
    const observedGeneration = autoscaler.metadata?.generation;
    const known = { ...autoscaler.status, ...(observedGeneration !== undefined && { observedGeneration }) };
    const status = {
      ...known,
      ...change,
      conditions: [...conditions],
      ...(currentMetrics?.length && { currentMetrics }),
    };
    if (deepEqual(autoscaler.status, status)) return;
    try {
      await this.#context.client.autoscaling.v2.horizontalpodautoscalers.updateStatus({ ...autoscaler, status });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}
