import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { knownProcess } from "./processes.ts";
import { clusterRanges, type Ranges } from "./ranges.ts";
import type { WantedRanges } from "./wanted-ranges.ts";

function temporary(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-ranges-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Of the clusters here: those of others on this machine have a list of their own. */
const listDirectory = mkdtempSync(join(tmpdir(), "typernetes-clusters-"));
after(() => rmSync(listDirectory, { recursive: true }));

function rangesOf(directory: string, powers: Promise<{ kernel: boolean }>, wanted?: WantedRanges): Promise<Ranges> {
  return clusterRanges(directory, powers, wanted, listDirectory);
}

const kernel = (able: boolean) => Promise.resolve({ kernel: able });

test("ranges are chosen once, and differ where the kernel cannot be programmed", async (context) => {
  const directory = temporary(context);
  const chosen = await rangesOf(directory, kernel(true));
  assert.match(chosen.pods, /^10\.\d+\.0\.0\/16$/);
  assert.match(chosen.services, /^10\.\d+\.0\.0\/16$/);
  assert.deepEqual(await rangesOf(directory, kernel(true)), chosen);
  const loopback = await rangesOf(directory, kernel(false));
  for (const range of [loopback.pods, loopback.services, loopback.nodes]) assert.match(range, /^127\./);
});

test("clusters that start at the same instant get ranges of their own", async (context) => {
  const directories = Array.from({ length: 3 }, () => temporary(context));
  for (const able of [true, false]) {
    const all = await Promise.all(directories.map((directory) => rangesOf(directory, kernel(able))));
    for (const name of ["pods", "services", "slot"] as const)
      assert.equal(new Set(all.map((ranges) => ranges[name])).size, 3, name);
  }
});

test("clusters of the other kind are not forgotten", async (context) => {
  const directories = Array.from({ length: 3 }, () => temporary(context));
  const all: Ranges[] = [];
  for (const [index, able] of [true, false, true].entries())
    all.push(await rangesOf(directories[index] ?? "", kernel(able)));
  assert.notEqual(all[0]?.pods, all[2]?.pods);
});

test("ranges may be told, of one family or two, and stay", async (context) => {
  const directory = temporary(context);
  const wanted = { podCidr: "10.11.0.0/16,fd00:11::/56", serviceCidr: "10.12.0.0/20,fd00:12::/112" };
  const { nodes, slot, ...told } = await rangesOf(directory, kernel(true), wanted);
  const expected = {
    pods: "10.11.0.0/16",
    pods6: "fd00:11::/56",
    services: "10.12.0.0/20",
    services6: "fd00:12::/112",
  };
  assert.deepEqual(told, expected);
  assert.deepEqual(await rangesOf(directory, kernel(true)), { ...expected, nodes, slot });
  const other = { ...wanted, serviceCidr: "10.13.0.0/16,fd00:12::/112" };
  await assert.rejects(rangesOf(directory, kernel(true), other), /the cluster was made with other ranges/);
});

test("a range that another cluster has is refused", async (context) => {
  const first = temporary(context);
  await rangesOf(first, kernel(true), { podCidr: "10.22.0.0/16" });
  // As if it ran.
  writeFileSync(join(first, "run.json"), JSON.stringify(knownProcess(process.pid)));
  await assert.rejects(rangesOf(temporary(context), kernel(true), { podCidr: "10.22.128.0/17" }), {
    message: /the range 10\.22\.128\.0\/17 is in use on this machine/,
  });
});

for (const [podCidr, serviceCidr] of [
  ["10.1.0.0", undefined],
  ["fd00::/56", undefined],
  ["10.1.0.0/16,10.2.0.0/16", undefined],
  ["10.1.0.0/16,fd00::/56", "10.2.0.0/16"],
  [undefined, "10.2.0.0/30"],
])
  test(`pods in ${podCidr} and services in ${serviceCidr} are refused`, async (context) => {
    const wanted = { ...(podCidr && { podCidr }), ...(serviceCidr && { serviceCidr }) };
    await assert.rejects(rangesOf(temporary(context), kernel(true), wanted), /--pod-cidr|--service-cidr/);
  });

for (const text of ["{", "{}", '{"pods": "10.244.0.0/16"}']) {
  test(`a file of ranges that holds ${text} says what to do`, async (context) => {
    const directory = temporary(context);
    writeFileSync(join(directory, "ranges.json"), text);
    await assert.rejects(rangesOf(directory, kernel(true)), { message: /ranges\.json is damaged: remove it/ });
  });
}
