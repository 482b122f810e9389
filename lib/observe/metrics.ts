/** Names and values of labels, such as `{ verb: "get" }`. */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  /** By 1 when `by` is absent. */
  add(labels?: Labels, by?: number): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  /** Seconds and bytes, as Prometheus wants them. */
  observe(value: number, labels?: Labels): void;
}

/** The figures of one process. Recording costs a map look-up; nothing is loaded or computed before somebody asks. */
export interface Metrics {
  counter(name: string, help: string): Counter;
  /** `read` is asked at each scrape, for what need not be recorded. */
  gauge(name: string, help: string, read?: () => number): Gauge;
  /** `buckets` are upper bounds, rising. */
  histogram(name: string, help: string, buckets?: readonly number[]): Histogram;
  /** Everything, in Prometheus' text format, with the process's own figures. */
  text(): Promise<string>;
}

const secondsBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Metrics whose names begin with `prefix` and an underscore: the service's folder. */
export function createMetrics(prefix: string): Metrics {
  const series: Series[] = [];
  const add = <S extends Series>(made: S): S => {
    series.push(made);
    return made;
  };
  const full = (name: string) => `${prefix.replaceAll("-", "_")}_${name}`;
  return {
    counter: (name, help) => add(new ValueSeries(full(name), help, "counter")),
    gauge: (name, help, read) => add(new ValueSeries(full(name), help, "gauge", read)),
    histogram: (name, help, buckets = secondsBuckets) => add(new HistogramSeries(full(name), help, buckets)),
    text: async () => {
      const own = series.map(
        (each) => `# HELP ${each.name} ${each.help}\n# TYPE ${each.name} ${each.type}\n${each.lines()}`,
      );
      return own.join("") + (await processMetrics());
    },
  };
}

interface Series {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  lines(): string;
}

class ValueSeries implements Series, Counter, Gauge {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly #values = new Map<string, number>();
  readonly #read: (() => number) | undefined;

  constructor(name: string, help: string, type: "counter" | "gauge", read?: () => number) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.#read = read;
  }

  add(labels?: Labels, by = 1): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + by);
  }

  set(value: number, labels?: Labels): void {
    this.#values.set(labelText(labels), value);
  }

  lines(): string {
    if (this.#read) this.set(this.#read());
    return [...this.#values].map(([labels, value]) => `${this.name}${braced(labels)} ${value}\n`).join("");
  }
}

interface Distribution {
  counts: number[];
  sum: number;
}

class HistogramSeries implements Series, Histogram {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly #buckets: readonly number[];
  readonly #distributions = new Map<string, Distribution>();

  constructor(name: string, help: string, buckets: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#buckets = buckets;
  }

  observe(value: number, labels?: Labels): void {
    const key = labelText(labels);
    let distribution = this.#distributions.get(key);
    if (!distribution) {
      distribution = { counts: new Array<number>(this.#buckets.length + 1).fill(0), sum: 0 };
      this.#distributions.set(key, distribution);
    }
    const bucket = this.#buckets.findIndex((bound) => value <= bound);
    const index = bucket < 0 ? this.#buckets.length : bucket;
    distribution.counts[index] = (distribution.counts[index] ?? 0) + 1;
    distribution.sum += value;
  }

  lines(): string {
    return [...this.#distributions].map(([labels, distribution]) => this.#linesOf(labels, distribution)).join("");
  }

  #linesOf(labels: string, { counts, sum }: Distribution): string {
    let total = 0;
    const lines = counts.map((count, index) => {
      total += count;
      const bound = `le="${this.#buckets[index] ?? "+Inf"}"`;
      return `${this.name}_bucket${braced(labels ? `${labels},${bound}` : bound)} ${total}\n`;
    });
    return `${lines.join("")}${this.name}_sum${braced(labels)} ${sum}\n${this.name}_count${braced(labels)} ${total}\n`;
  }
}

/** Frozen labels are those of many observations: their text is made once. */
const texts = new WeakMap<Labels, string>();

function labelText(labels: Labels | undefined): string {
  if (!labels) return "";
  const known = texts.get(labels);
  if (known !== undefined) return known;
  const text = Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
  if (Object.isFrozen(labels)) texts.set(labels, text);
  return text;
}

function escaped(value: string): string {
  return /["\\\n]/.test(value) ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : value;
}

function braced(labels: string): string {
  return labels ? `{${labels}}` : "";
}

let collecting: Promise<() => Promise<string>> | undefined;

/** Memory, processor time, event loop delay: collected from the first scrape on, once per process. */
async function processMetrics(): Promise<string> {
  collecting ??= import("./prom-client.ts").then(({ collectDefaultMetrics, Registry }) => {
    const register = new Registry();
    collectDefaultMetrics({ register });
    return () => register.metrics();
  });
  return (await collecting)();
}
