import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptedType } from "./media-types.ts";
import { parseResourcePath } from "./resource-path.ts";

test("the best liked type that can be answered is chosen", () => {
  const cases: [accept: string | undefined, expected: string][] = [
    [undefined, "application/json"],
    ["*/*", "application/json"],
    ["application/yaml", "application/yaml"],
    ["application/json;q=0.5, application/yaml", "application/yaml"],
    ["text/html,application/xhtml+xml,application/*;q=0.8", "application/json"],
    ["application/vnd.kubernetes.protobuf,application/json", "application/vnd.kubernetes.protobuf"],
    ["application/json;as=Nonsense;v=v1;g=meta.k8s.io, application/yaml", "application/yaml"],
    ["application/json;charset=latin1, application/yaml", "application/yaml"],
    ["application/json; charset=UTF-8", "application/json"],
  ];
  for (const [accept, expected] of cases) {
    assert.equal(acceptedType(accept, ({ as }) => as === undefined).encoding, expected, accept);
  }
  const none = () => acceptedType("application/json;q=0", () => true);
  assert.throws(none, { reason: "NotAcceptable" });
});

test("paths name kinds, objects and their parts", () => {
  const cases: [path: string, expected: object | undefined][] = [
    ["/api/v1/pods", { group: "", version: "v1", plural: "pods" }],
    ["/api/v1/namespaces", { group: "", version: "v1", plural: "namespaces" }],
    ["/api/v1/namespaces/a", { group: "", version: "v1", plural: "namespaces", name: "a" }],
    [
      "/api/v1/namespaces/a/status",
      { group: "", version: "v1", plural: "namespaces", name: "a", subresource: "status" },
    ],
    ["/api/v1/namespaces/a/pods/", { group: "", version: "v1", namespace: "a", plural: "pods" }],
    ["/apis/g/v2/namespaces/a/things/b", { group: "g", version: "v2", namespace: "a", plural: "things", name: "b" }],
    ["/apis/g/v2/watch/things", { group: "g", version: "v2", plural: "things", isWatch: true }],
    [
      "/api/v1/nodes/n/proxy/a%2Fb/c",
      { group: "", version: "v1", plural: "nodes", name: "n", subresource: "proxy", rest: "a/b/c" },
    ],
    ["/api/v1", undefined],
    ["/apis/apps", undefined],
    ["/healthz", undefined],
    ["/api/v1/namespaces/a//pods", undefined],
  ];
  for (const [path, expected] of cases) {
    const found = parseResourcePath(path);
    const defined = found && Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
    assert.deepEqual(defined, expected && { isWatch: false, ...expected }, path);
  }
});
