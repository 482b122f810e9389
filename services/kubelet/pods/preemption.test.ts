import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { victimsFor } from "./preemption.ts";

const critical: Pod = { spec: { priority: 2_000_000_000 } };

function pod(name: string, milli: number, guaranteed = false, priority = 0): Pod {
  const requests = { cpu: `${milli}m`, memory: "1Mi" };
  const resources = milli === 0 ? {} : { requests, ...(guaranteed && { limits: requests }) };
  return { metadata: { name }, spec: { priority, containers: [{ name: "main", resources }] } };
}

const table: [what: string, pods: Pod[], missing: Record<string, number>, victims: string[] | undefined][] = [
  ["the nearest of a class", [pod("a", 100), pod("b", 300), pod("c", 1000)], { cpu: 250 }, ["b"]],
  ["burstable before guaranteed", [pod("a", 300, true), pod("b", 200), pod("c", 200)], { cpu: 400 }, ["b", "c"]],
  ["guaranteed when all else is too little", [pod("a", 300, true), pod("b", 200)], { cpu: 400 }, ["b", "a"]],
  ["who asks for nothing, for a place", [pod("a", 0), pod("b", 200), pod("c", 200, true)], { pods: 1 }, ["a"]],
  ["nobody, when it would not do", [pod("a", 100), pod("b", 100)], { cpu: 201 }, undefined],
  ["no critical ones", [pod("a", 500, false, 2_000_001_000), pod("b", 500)], { cpu: 500 }, ["b"]],
];

for (const [what, pods, missing, expected] of table)
  test(`who goes for a critical pod: ${what}`, () => {
    const victims = victimsFor(critical, pods, missing);
    assert.deepEqual(
      victims?.map(({ metadata }) => metadata?.name),
      expected,
    );
  });
