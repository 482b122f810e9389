import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aboutOf } from "../../scripts/benchmarks.js";

const root = join(import.meta.dirname, "../..");
const results = join(root, "bench/results");

interface RecordedFigure {
  what: string;
  value: number;
  unit: string;
  goal?: number;
  peer?: { what: string; value: number; ratio: number };
}

interface Recorded {
  benchmark: string;
  date: string;
  machine: { cpu?: string; cores: number; memoryGiB: number; kernel: string; node: string };
  figures: RecordedFigure[];
}

/** Writes `docs/figures.md` anew from what all benchmarks recorded last. */
export function writeFiguresPage(): void {
  const files = readdirSync(results).filter((name) => name.endsWith(".json"));
  const parts = files.sort().map((name) => {
    const recorded: Recorded = JSON.parse(readFileSync(join(results, name), "utf8"));
    return partOf(recorded);
  });
  writeFileSync(join(root, "docs/figures.md"), [head, ...parts].join("\n"));
}

const head = `# Figures

What \`npm run bench\` last recorded, written by it; \`npm run bench -- --help\` tells what each benchmark does. Machines differ, and
so does what else they do: where there is a peer, it was measured in the same run, and the ratio says more than the value.
`;

function partOf({ benchmark, date, machine, figures }: Recorded): string {
  const { cpu = "unknown", cores, memoryGiB, kernel, node } = machine;
  const rows = figures.map(({ what, value, unit, goal, peer }) => {
    const wanted = goal === undefined ? "" : `at most ${Number(goal.toPrecision(3))}`;
    const beside = peer ? `${peer.value} (${peer.what}): ${peer.ratio} times` : "";
    return `| ${what} | ${value} ${unit} | ${wanted} | ${beside} |`;
  });
  return `## ${benchmark}

${aboutOf(benchmark)}

${date}, ${cores} cores of ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}.

| what | value | goal | peer |
|---|---|---|---|
${rows.join("\n")}
`;
}
