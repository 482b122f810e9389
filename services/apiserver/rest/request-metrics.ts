import { createMetrics, type Labels } from "../../../lib/observe/metrics.ts";
import type { ServedResource } from "../served-resources.ts";
import type { Exchange } from "./exchange.ts";
import type { ResourcePath } from "./resource-path.ts";

const nowhere = { group: "", version: "", resource: "", subresource: "", scope: "" };
const methods: Readonly<Record<string, string>> = {
  POST: "POST",
  PUT: "PUT",
  PATCH: "PATCH",
  DELETE: "DELETE",
  GET: "GET",
  HEAD: "GET",
};

/** What some requests have in common, and their labels by the code of the answer. */
interface CountedAs {
  readonly labels: Labels;
  readonly codes: Record<number, Labels>;
}

/** The REST door's own figures, under Kubernetes' names. */
export class RequestMetrics {
  readonly #metrics = createMetrics("apiserver");
  readonly #total = this.#metrics.counter("request_total", "Requests, by verb, kind and code of the answer.");
  readonly #duration = this.#metrics.histogram("request_duration_seconds", "Time until the answer was complete.");
  readonly #inflight = this.#metrics.gauge("current_inflight_requests", "Requests that are being answered.");
  readonly #longRunning = this.#metrics.gauge("longrunning_requests", "Watches and other long answers.");
  readonly #kinds = new Map<string, CountedAs>();
  #mutating = 0;
  #readOnly = 0;
  #long = 0;

  /** `watchers` counts who is told of changes, parts of the server itself included. */
  constructor(watchers: () => number) {
    this.#metrics.gauge("registered_watchers", "Watches that are open, those of the server itself included.", watchers);
  }

  /** Counts a request now, and its answer when that is complete. */
  begin(exchange: Exchange, path: ResourcePath | undefined, served: ServedResource | undefined): void {
    const begun = performance.now();
    this.#countShort(exchange, 1);
    exchange.onLongRunning = this.#becameLong;
    exchange.whenAnswered(() => this.#answered(exchange, begun, path, served));
  }

  readonly #becameLong = (exchange: Exchange): void => {
    this.#countShort(exchange, -1);
    this.#long++;
  };

  #countShort({ method }: Exchange, by: 1 | -1): void {
    if (method === "GET" || method === "HEAD") this.#readOnly += by;
    else this.#mutating += by;
  }

  #answered(
    exchange: Exchange,
    begun: number,
    path: ResourcePath | undefined,
    served: ServedResource | undefined,
  ): void {
    if (exchange.isLongRunning) this.#long--;
    else this.#countShort(exchange, -1);
    const { labels, codes } = this.#countedAs(verbOf(exchange, served && path), path, served);
    const code = exchange.response.statusCode;
    codes[code] ??= Object.freeze({ ...labels, code: String(code) });
    this.#total.add(codes[code]);
    if (!exchange.isLongRunning) this.#duration.observe((performance.now() - begun) / 1000, labels);
  }

  /** Labels are made once for all requests that are counted alike. */
  #countedAs(verb: string, path: ResourcePath | undefined, served: ServedResource | undefined): CountedAs {
    const { scope, part } = placeOf(path, served);
    const schema = path && served?.schema;
    const key = schema ? `${verb} ${schema.group} ${schema.version} ${schema.plural} ${part} ${scope}` : verb;
    let found = this.#kinds.get(key);
    if (!found) {
      const place = schema
        ? { group: schema.group, version: schema.version, resource: schema.plural, subresource: part, scope }
        : nowhere;
      found = { labels: Object.freeze({ verb, ...place, component: "apiserver" }), codes: {} };
      this.#kinds.set(key, found);
    }
    return found;
  }

  async text(): Promise<string> {
    this.#inflight.set(this.#mutating, { request_kind: "mutating" });
    this.#inflight.set(this.#readOnly, { request_kind: "readOnly" });
    this.#longRunning.set(this.#long);
    return withObjectives(await this.#metrics.text());
  }
}

const durationLines = /^(?:# (?:HELP|TYPE) )?apiserver_request_duration_seconds.*\n/gm;

/** The durations also under the name by which dashboards hold them against objectives. */
function withObjectives(text: string): string {
  const lines = text.match(durationLines)?.join("") ?? "";
  return text + lines.replaceAll("apiserver_request_duration_seconds", "apiserver_request_sli_duration_seconds");
}

function verbOf({ method, isLongRunning }: Exchange, path: ResourcePath | undefined): string {
  const verb = Object.hasOwn(methods, method) ? (methods[method] ?? "other") : "other";
  if (!path) return verb;
  if (isLongRunning) return "WATCH";
  if (path.name === undefined) return verb === "GET" ? "LIST" : verb === "DELETE" ? "DELETECOLLECTION" : verb;
  return verb;
}

/** Only what is served becomes a label, so that clients cannot make up any number of them. */
function placeOf(path: ResourcePath | undefined, served: ServedResource | undefined): { scope: string; part: string } {
  if (!path || !served) return { scope: "", part: "" };
  const { subresource = "", namespace, name } = path;
  const scope = name !== undefined ? "resource" : namespace !== undefined ? "namespace" : "cluster";
  return { scope, part: subresource && !served.schema.subresources.includes(subresource) ? "other" : subresource };
}
