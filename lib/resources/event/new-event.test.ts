import assert from "node:assert/strict";
import { test } from "node:test";
import { createFaults, printed } from "../testing/faults.ts";
import { newEvent } from "./new-event.ts";

const object = {
  metadata: { name: "e", namespace: "default" },
  regarding: { kind: "Pod", name: "web", namespace: "default" },
  reason: "Started",
  note: "It runs.",
  type: "Normal",
  action: "Starting",
  eventTime: "2025-01-01T00:00:00.000000Z",
  reportingController: "example.com/kubelet",
  reportingInstance: "n1",
};

test("an event in its newer form is checked and printed as one of the core group", () => {
  assert.deepEqual(createFaults(newEvent, object), []);
  assert.deepEqual(createFaults(newEvent, { ...object, action: "" }), ["action: Required value"]);
  assert.match(
    printed(newEvent, object, Date.parse("2025-01-01T00:01:00Z")),
    /^Last Seen=60s Type=Normal Reason=Started Object=pod\/web Message=It runs\. \| /,
  );
});
