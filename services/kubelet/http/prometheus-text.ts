/** Measurements of one name. */
export interface MetricFamily {
  name: string;
  help: string;
  type: "counter" | "gauge";
  samples: MetricSample[];
}

/** One measurement. */
export interface MetricSample {
  labels: Readonly<Record<string, string>>;
  value: number;
  /** When it was measured, in milliseconds since the epoch. */
  timeMs?: number;
}

/** The type of what is written here. */
export const prometheusType = "text/plain; version=0.0.4; charset=utf-8";

/** Measurements in Prometheus' text format; a name without any is left out. */
export function prometheusText(families: readonly MetricFamily[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      const lines = samples.map((sample) => `${name}${labelsOf(sample)} ${sample.value}${timeOf(sample)}\n`);
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
    })
    .join("");
}

function labelsOf({ labels }: MetricSample): string {
  const pairs = Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1));
  return pairs.length === 0 ? "" : `{${pairs.map(([name, value]) => `${name}="${escaped(value)}"`).join(",")}}`;
}

function timeOf({ timeMs }: MetricSample): string {
  return timeMs === undefined ? "" : ` ${Math.round(timeMs)}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
