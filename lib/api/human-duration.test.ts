import assert from "node:assert/strict";
import { test } from "node:test";
import { humanDuration } from "./human-duration.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;
const durations: [number, string][] = [
  [0, "0s"],
  [-second, "0s"],
  [-3 * second, "<invalid>"],
  [5 * second, "5s"],
  [119 * second, "119s"],
  [2 * minute, "2m"],
  [2 * minute + 3 * second, "2m3s"],
  [10 * minute, "10m"],
  [179 * minute, "179m"],
  [3 * hour, "3h"],
  [3 * hour + 4 * minute, "3h4m"],
  [8 * hour + 30 * minute, "8h"],
  [47 * hour, "47h"],
  [2 * day, "2d"],
  [2 * day + 3 * hour, "2d3h"],
  [7 * day + 23 * hour, "7d23h"],
  [10 * day, "10d"],
  [400 * day, "400d"],
  [2 * year, "2y"],
  [2 * year + 3 * day, "2y3d"],
  [9 * year + 3 * day, "9y"],
];
for (const [ms, text] of durations) test(`${ms} ms is printed ${text}`, () => assert.equal(humanDuration(ms), text));
