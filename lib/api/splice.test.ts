import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Pod, PodList, PodWatchResponse } from "../../gen/typernetes/core/v1/pod.ts";
import { Status } from "../../gen/typernetes/meta/v1/status.ts";
import { arbitraryMessage } from "./arbitrary-message.ts";
import { decode } from "./decode.ts";
import { fieldNumbers } from "./field-path.ts";
import {
  encodeErrorEvent,
  encodeList,
  encodeWatchBatch,
  encodeWatchEvent,
  peekMetadata,
  peekText,
  spliceResourceVersion,
} from "./splice.ts";
import { varintLength, WireCursor, writeVarint } from "./wire.ts";

const pods = arbitraryMessage("core.v1.Pod").map((json) => decode<Pod>("core.v1.Pod", json).object);
const encode = (pod: Pod) => Pod.encode(pod).finish();

test("a spliced resource version is what the codec would have read", () => {
  fc.assert(
    fc.property(
      pods,
      fc.maxSafeInteger().filter((revision) => revision > 0),
      (pod, revision) => {
        const spliced = Pod.decode(spliceResourceVersion(encode(pod), revision));
        assert.deepEqual(
          spliced,
          Pod.decode(encode({ ...pod, metadata: { ...pod.metadata, resourceVersion: String(revision) } })),
        );
      },
    ),
  );
});

test("splicing carries over lengths of one and two bytes", () => {
  for (let length = 100; length < 140; length++) {
    const pod = { metadata: { name: "x".repeat(length) }, spec: { nodeName: "n" } };
    assert.deepEqual(Pod.decode(spliceResourceVersion(encode(pod), 1234567)), {
      ...pod,
      metadata: { ...pod.metadata, resourceVersion: "1234567" },
    });
  }
});

test("metadata is read without decoding", () => {
  fc.assert(
    fc.property(pods, (pod) => {
      const decoded = Pod.decode(spliceResourceVersion(encode(pod), 7)).metadata;
      const peeked = peekMetadata(spliceResourceVersion(encode(pod), 7));
      if ((decoded?.generation ?? 0) < 0) peeked.generation = decoded?.generation ?? 0;
      assert.deepEqual(peeked, {
        name: decoded?.name ?? "",
        namespace: decoded?.namespace ?? "",
        uid: decoded?.uid ?? "",
        resourceVersion: "7",
        generation: decoded?.generation ?? 0,
        creationTimestamp: decoded?.creationTimestamp ?? "",
        deletionTimestamp: decoded?.deletionTimestamp ?? "",
        labels: decoded?.labels ?? {},
      });
    }),
  );
});

test("single fields are read by their path", () => {
  const path = fieldNumbers("core.v1.Pod", "spec.nodeName");
  fc.assert(fc.property(pods, (pod) => assert.equal(peekText(encode(pod), path), pod.spec?.nodeName ?? "")));
  assert.throws(() => fieldNumbers("core.v1.Pod", "spec.nosuch"), RangeError);
  assert.throws(() => fieldNumbers("core.v1.Pod", "spec.containers"), RangeError);
});

test("a list of encoded items is what the codec would have written", () => {
  fc.assert(
    fc.property(fc.array(pods, { maxLength: 4 }), (items) => {
      const metadata = { resourceVersion: "9", continue: "abc", remainingItemCount: 3 };
      const bytes = encodeList(items.map(encode), { apiVersion: "v1", kind: "PodList", metadata });
      assert.deepEqual(bytes, PodList.encode({ apiVersion: "v1", kind: "PodList", metadata, items }).finish());
    }),
    { numRuns: 50 },
  );
});

test("a batch of encoded events is what the codec would have written", () => {
  const types = fc.constantFrom("ADDED" as const, "MODIFIED" as const, "DELETED" as const, "BOOKMARK" as const);
  fc.assert(
    fc.property(fc.array(fc.tuple(types, pods), { maxLength: 4 }), (events) => {
      const frames = events.map(([type, pod]) => encodeWatchEvent(type, encode(pod)));
      const expected = PodWatchResponse.encode({ events: events.map(([type, object]) => ({ type, object })) }).finish();
      assert.deepEqual(encodeWatchBatch(frames), expected);
    }),
    { numRuns: 50 },
  );
});

test("an error ends a watch with a status", () => {
  const status = { code: 410, reason: "Expired" };
  const bytes = encodeWatchBatch([encodeErrorEvent(Status.encode(status).finish())]);
  assert.deepEqual(PodWatchResponse.decode(bytes), { events: [{ type: "ERROR", status }] });
});

test("numbers of any length are written and read", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger().map(Math.abs), (number) => {
      const bytes = new Uint8Array(10);
      const end = writeVarint(bytes, 0, number);
      assert.equal(end, varintLength(number));
      assert.equal(new WireCursor(bytes, 0, end).varint(), number);
    }),
  );
});

test("broken bytes are refused, never read past", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      try {
        peekMetadata(bytes);
        peekText(bytes, [2, 10]);
        spliceResourceVersion(bytes, 1);
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
  );
});
