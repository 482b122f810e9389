import assert from "node:assert/strict";
import { test } from "node:test";
import { imageNameProblem } from "./image-reference.ts";

const format = "invalid reference format";
const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

const table: [image: string, problem: string | undefined][] = [
  ["busybox", undefined],
  ["busybox:1.35", undefined],
  ["host", undefined],
  ["team/app_one:v1.0-rc.1", undefined],
  ["registry.example:5000/team/app", undefined],
  ["localhost/app", undefined],
  ["127.0.0.1:9/nowhere:1", undefined],
  ["[::1]:5000/app", undefined],
  [`app@${digest}`, undefined],
  [`registry.example/app:1@${digest}`, undefined],
  ["Nginx", `${format}: repository name (library/Nginx) must be lowercase`],
  ["team/App:1", `${format}: repository name (team/App) must be lowercase`],
  ["", format],
  ["app:", format],
  ["app:a b", format],
  ["app@sha256:12", format],
  ["a//b", format],
  ["-app", format],
  ["BAD:::", format],
];
for (const [image, problem] of table)
  test(`the name of an image: "${image}"`, () => assert.equal(imageNameProblem(image), problem));
