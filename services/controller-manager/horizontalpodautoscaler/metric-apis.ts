import type { MetricIdentifier } from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import type { ObjectReference } from "../../../gen/typernetes/core/v1/reference.ts";
import { DynamicServiceDefinition } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import { formatLabelSelector } from "../../../lib/api/label-selector.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { quantityMilliValue } from "../../../lib/base/quantity.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Client } from "../../../lib/client/client.ts";
import { discoverKinds } from "../../../lib/client/served-kinds.ts";
import { messageOf } from "../failures.ts";

/** Answers what is under a path that another server serves. @throws StatusError. */
export type ReadPath = (path: string, signal: AbortSignal) => Promise<unknown>;

/** A value that was measured, in thousandths, and the name of what it was measured of. */
export interface MeasuredValue {
  name: string;
  milli: number;
}

const custom = "/apis/custom.metrics.k8s.io";
/** The versions that metrics servers speak, the preferred one first. */
const customVersions = ["v1beta2", "v1beta1"];
const external = "/apis/external.metrics.k8s.io/v1beta1";
/** Of namespaces the metrics have a word of their own in the path. */
const namespaceWord = "metrics";

/** Metrics that other servers measure: of pods, of other objects, and of what is outside the cluster. */
export class MetricApis {
  readonly #client: Client;
  readonly #read: ReadPath;

  constructor(client: Client, read: ReadPath = pathReader(client)) {
    this.#client = client;
    this.#read = read;
  }

  /** Of each pod that a selector matches. @throws Error. */
  ofPods(
    namespace: string,
    podSelector: string,
    metric: MetricIdentifier,
    signal: AbortSignal,
  ): Promise<MeasuredValue[]> {
    const query = new URLSearchParams({ labelSelector: podSelector });
    return this.#custom(`namespaces/${namespace}/pods/*/${metric.name}`, metric, query, signal);
  }

  /** Of one object. @throws Error. */
  async ofObject(
    namespace: string,
    object: ObjectReference,
    metric: MetricIdentifier,
    signal: AbortSignal,
  ): Promise<number> {
    const path = await this.#pathOf(namespace, object, signal);
    const [value] = await this.#custom(`${path}/${metric.name}`, metric, new URLSearchParams(), signal);
    return value?.milli ?? 0;
  }

  /** Of all series that a metric's selector matches. @throws Error. */
  async external(namespace: string, { name = "", selector }: MetricIdentifier, signal: AbortSignal): Promise<number[]> {
    const query = new URLSearchParams({ labelSelector: formatLabelSelector(selector) });
    const values = await this.#read(`${external}/namespaces/${namespace}/${name}?${query}`, signal).then(
      valuesIn,
      (error: unknown) => {
        const detail = isUnserved(error)
          ? `${messageOf(error)} (get ${name}.external.metrics.k8s.io)`
          : messageOf(error);
        throw new Error(`unable to fetch metrics from external metrics API: ${detail}`, { cause: error });
      },
    );
    if (values.length === 0) throw new Error("no metrics returned from external metrics API");
    return values.map(({ milli }) => milli);
  }

  async #custom(
    path: string,
    { selector }: MetricIdentifier,
    query: URLSearchParams,
    signal: AbortSignal,
  ): Promise<MeasuredValue[]> {
    if (selector) query.set("metricLabelSelector", formatLabelSelector(selector));
    const asked = query.size > 0 ? `${path}?${query}` : path;
    let detail = "no custom metrics API (custom.metrics.k8s.io) registered";
    for (const version of customVersions) {
      try {
        const values = valuesIn(await this.#read(`${custom}/${version}/${asked}`, signal));
        if (values.length === 0) throw new Error("no metrics returned from custom metrics API");
        return values;
      } catch (error) {
        if (isUnserved(error)) continue;
        detail = messageOf(error);
        break;
      }
    }
    throw new Error(`unable to fetch metrics from custom metrics API: ${detail}`);
  }

  async #pathOf(
    namespace: string,
    { apiVersion = "v1", kind, name }: ObjectReference,
    signal: AbortSignal,
  ): Promise<string> {
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
    if (group === "" && kind === "Namespace") return `namespaces/${name}/${namespaceWord}`;
    const kinds = await discoverKinds(this.#client, {}, { signal });
    const served = kinds.filter((each) => each.kind === kind && (each.group ?? "") === group);
    const found = served.find((each) => each.version === version) ?? served[0];
    if (!found) throw new Error(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
    const resource = group ? `${found.plural}.${group}` : found.plural;
    return found.namespaced ? `namespaces/${namespace}/${resource}/${name}` : `${resource}/${name}`;
  }
}

function pathReader(client: Client): ReadPath {
  return async (path, signal) => (await client.call(DynamicServiceDefinition, "readPath", { path }, { signal })).object;
}

/** Whether nobody serves the group. */
function isUnserved(error: unknown): boolean {
  return isStatusError(error, "NotFound") && error.message === "the server could not find the requested resource";
}

/** The values of a `MetricValueList` or an `ExternalMetricValueList`. @throws Error when it is none. */
function valuesIn(answer: unknown): MeasuredValue[] {
  const items = isRecord(answer) ? answer["items"] : undefined;
  if (!Array.isArray(items)) throw new Error("the answer is no list of values");
  return items.filter(isRecord).map(({ describedObject, value }) => ({
    name: isRecord(describedObject) ? String(describedObject["name"]) : "",
    milli: quantityMilliValue(String(value)),
  }));
}
