import assert from "node:assert/strict";
import { test } from "node:test";
import { amountsOf, inOrder, metricsKind, shownCpu, shownMemory } from "./top-usage.ts";

test("what a pod uses is what its containers use, in thousandths of processors and whole mebibytes", () => {
  const amounts = amountsOf([{ cpu: "1500000n", memory: "1536Ki" }, { cpu: "250m", memory: "1Mi" }, undefined]);
  assert.deepEqual([shownCpu(amounts), shownMemory(amounts)], ["252m", "2Mi"]);
  assert.equal(metricsKind("pods").kind, "PodMetrics");
});

test("rows are ordered by name, or by what is used most", () => {
  const row = (name: string, cpuMilli: number, memoryBytes: number) => ({ name, amounts: { cpuMilli, memoryBytes } });
  const rows = [row("b", 1, 9), row("a", 2, 8)];
  const names = (sortBy: string) => inOrder(rows, sortBy).map(({ name }) => name);
  assert.deepEqual(
    [names(""), names("cpu"), names("memory")],
    [
      ["a", "b"],
      ["a", "b"],
      ["b", "a"],
    ],
  );
  assert.throws(() => inOrder(rows, "disk"), { message: "--sort-by accepts only cpu or memory" });
});
