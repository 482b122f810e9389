import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultImagePullPolicy } from "./image-pull-policy.ts";

const images: readonly [string, string][] = [
  ["nginx", "Always"],
  ["nginx:latest", "Always"],
  ["nginx:1.25", "IfNotPresent"],
  ["registry:5000/nginx", "Always"],
  ["registry:5000/nginx:1", "IfNotPresent"],
  ["nginx@sha256:0123", "IfNotPresent"],
  ["nginx:latest@sha256:0123", "Always"],
  ["", "IfNotPresent"],
];

for (const [image, expected] of images)
  test(`${image || "no image"} is pulled ${expected}`, () => assert.equal(defaultImagePullPolicy(image), expected));
