import type { PriorityLevel, RejectionReason } from "./priority-level.ts";

const prefix = "apiserver_flowcontrol_";
const reasons: readonly RejectionReason[] = ["concurrency-limit", "queue-full", "time-out", "cancelled"];

/** The figures of priority levels, under Kubernetes' names: read when somebody asks. */
export class FairnessMetrics {
  text(levels: readonly PriorityLevel[]): string {
    const each = (read: (level: PriorityLevel) => number) =>
      levels.map((level) => [`priority_level="${level.name}"`, read(level)] as const);
    const limited = levels.filter(({ isExempt }) => !isExempt);
    const rejected = limited.flatMap((level) =>
      reasons.map((reason) => [`priority_level="${level.name}",reason="${reason}"`, level.rejected[reason]] as const),
    );
    return [
      series(
        "dispatched_requests_total",
        "counter",
        "Requests that began.",
        each(({ dispatched }) => dispatched),
      ),
      series("rejected_requests_total", "counter", "Requests that were refused.", rejected),
      series(
        "current_inqueue_requests",
        "gauge",
        "Requests that wait.",
        each((level) => level.requestsWaiting),
      ),
      series(
        "current_executing_seats",
        "gauge",
        "Seats in use.",
        each(({ seatsInUse }) => seatsInUse),
      ),
      series(
        "nominal_limit_seats",
        "gauge",
        "Seats of a level.",
        each(({ limits }) => limits.nominal),
      ),
      series(
        "current_limit_seats",
        "gauge",
        "Seats that a level has now.",
        each(({ limit }) => limit),
      ),
    ].join("");
  }
}

function series(
  name: string,
  type: "counter" | "gauge",
  help: string,
  values: readonly (readonly [labels: string, value: number])[],
): string {
  const lines = values.map(([labels, value]) => `${prefix}${name}{${labels}} ${value}\n`);
  return `# HELP ${prefix}${name} ${help}\n# TYPE ${prefix}${name} ${type}\n${lines.join("")}`;
}
