import assert from "node:assert/strict";
import { test } from "node:test";
import { FieldErrors } from "./field-errors.ts";

test("a fault that two rules find is told once, and counted twice", () => {
  const errors = new FieldErrors();
  for (let times = 0; times < 2; times++) errors.invalid("spec.replicas", -1, "must not be negative");
  assert.equal(errors.causes.length, 1);
  assert.equal(errors.count, 2);
});

test("of very many faults the first are told and the others counted", () => {
  const errors = new FieldErrors();
  for (let index = 0; index < 100_000; index++) errors.required(`spec.items[${index}].name`);
  assert.equal(errors.causes.length, 1000);
  assert.equal(errors.causes[0]?.field, "spec.items[0].name");
  assert.equal(errors.count, 100_000);
  const message = errors.toError({ group: "", kind: "Pod", name: "a" })?.message ?? "";
  assert.match(message, /^Pod "a" is invalid: \[spec\.items\[0\]\.name: Required value, /);
  assert.match(message, /, and 99000 more\]$/);
});

test("a value that is long is not told over and over", () => {
  const errors = new FieldErrors();
  const value = "x".repeat(300_000);
  let asked = 0;
  const long = { toJSON: () => `${asked++}${value}` };
  for (let index = 0; index < 10_000; index++) errors.invalid("spec", long, "is long");
  assert.equal(asked, 2);
  assert.equal(errors.count, 10_000);
});

test("the faults of a part are taken over, however many", () => {
  const [part, errors] = [new FieldErrors(), new FieldErrors()];
  for (let index = 0; index < 200_000; index++) part.forbidden(`a[${index}]`, "no");
  errors.include(part);
  assert.equal(errors.causes.length, 1000);
  assert.equal(errors.count, 200_000);
});
