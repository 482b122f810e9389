import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerPort, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { wantsTakenPort } from "./host-ports.ts";

const podWith = (port: ContainerPort): Pod => ({ spec: { containers: [{ name: "c", ports: [port] }] } });
const at = (hostPort: number | undefined, hostIP?: string, protocol?: string) =>
  podWith({ containerPort: 80, hostPort, hostIP, protocol });

const cases: [string, Pod, Pod, boolean][] = [
  ["the same port", at(8080), at(8080), true],
  ["another port", at(8080), at(8081), false],
  ["another protocol", at(8080, undefined, "UDP"), at(8080), false],
  ["another address", at(8080, "127.0.0.1"), at(8080, "127.0.0.2"), false],
  ["an address and all addresses", at(8080, "127.0.0.1"), at(8080), true],
  ["no host port", at(undefined), at(undefined), false],
];
for (const [what, pod, other, taken] of cases)
  test(`host ports: ${what}`, () => assert.equal(wantsTakenPort(pod, [other]), taken));
