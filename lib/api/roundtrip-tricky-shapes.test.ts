import assert from "node:assert/strict";
import { test } from "node:test";
import { roundTrip } from "./testing/round-trip.ts";

const schema = (properties: object) => ({
  spec: {
    group: "example.com",
    names: { plural: "widgets", kind: "Widget" },
    scope: "Namespaced",
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties } } },
    ],
  },
  status: { conditions: [], acceptedNames: { plural: "", kind: "" }, storedVersions: [] },
});

/** Shapes that other encodings have lost, as JSON text: keys such as `__proto__` are keys there. */
const shapes: [string, string, string][] = [
  [
    "an empty selector is not an absent one",
    "networking.v1.NetworkPolicy",
    '{"spec":{"podSelector":{},"ingress":[{},{"from":[{"podSelector":{}},{"namespaceSelector":{}}]}],"policyTypes":["Ingress"]}}',
  ],
  [
    "a port is a number or a name, also zero and empty",
    "networking.v1.NetworkPolicy",
    '{"spec":{"podSelector":{},"egress":[{"ports":[{"port":0},{"port":""},{"port":"http"},{"port":8080,"endPort":9090}]}]}}',
  ],
  [
    "a schema refers, allows, forbids and nests",
    "apiextensions.v1.CustomResourceDefinition",
    JSON.stringify(
      schema({
        ref: { $ref: "#/definitions/x", $schema: "http://json-schema.org/draft-04/schema#" },
        open: { type: "object", additionalProperties: true, "x-kubernetes-preserve-unknown-fields": true },
        closed: { type: "object", additionalProperties: false, "x-kubernetes-preserve-unknown-fields": false },
        typed: { type: "object", additionalProperties: { type: "string", nullable: true } },
        one: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        several: { type: "array", items: [{ type: "string" }, {}], additionalItems: false },
        keyed: { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a", "b"] },
        either: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }], not: {} },
        embedded: { "x-kubernetes-embedded-resource": true, "x-kubernetes-map-type": "atomic" },
        dependent: { dependencies: { a: ["b"], c: { type: "object" } }, patternProperties: { "^x-": {} } },
        bounds: { minimum: 0, maximum: 1.5, minLength: 0, maxLength: Number.MAX_SAFE_INTEGER, multipleOf: 0.1 },
        values: { default: { a: [null, 0, ""] }, enum: ["a", 1, null, false, {}, []], example: false },
        rules: {
          "x-kubernetes-validations": [{ rule: "self > 0", messageExpression: "'no'", optionalOldSelf: false }],
        },
      }),
    ),
  ],
  [
    "a property of a schema has any name",
    "apiextensions.v1.CustomResourceDefinition",
    JSON.stringify(schema({ here: {} })).replace(
      '"here":{}',
      '"__proto__":{"type":"string"},"constructor":{"type":"object","properties":{"":{}}},"toString":{}',
    ),
  ],
  [
    "maps of lists keep their empty lists",
    "authentication.v1.UserInfo",
    '{"username":"u","extra":{"scopes.example.com/a":["x",""],"none":[],"__proto__":["y"]}}',
  ],
  [
    "parameters of any form",
    "resource.v1.ResourceClaim",
    '{"spec":{"devices":{"requests":[{"name":"r","exactly":{"deviceClassName":"c","allocationMode":"All","adminAccess":false}}],"config":[{"opaque":{"driver":"d","parameters":{"apiVersion":"d/v1","kind":"P","list":[1,null,{"a":{}}]}}}]}}}',
  ],
  [
    "attributes of every type, zero values among them",
    "resource.v1.ResourceSlice",
    '{"spec":{"driver":"d","pool":{"name":"p","generation":0,"resourceSliceCount":1},"devices":[{"name":"d","attributes":{"a":{"int":0},"b":{"bool":false},"c":{"string":""},"d":{"version":"1.0.0"}},"capacity":{"m":{"value":"1Gi","requestPolicy":{"default":"1Gi","validRange":{"min":"0"}}}}}]}}',
  ],
  [
    "objects inside a review",
    "admission.v1.AdmissionReview",
    '{"request":{"uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"operation":"CREATE","userInfo":{},"object":{"kind":"Pod","spec":{"big":1e300,"list":[null]}},"dryRun":false},"response":{"uid":"u","allowed":false,"patch":"W10=","patchType":"JSONPatch","auditAnnotations":{"__proto__":"a"}}}',
  ],
  [
    "a table's cells are any values",
    "meta.v1.Table",
    '{"columnDefinitions":[],"rows":[{"cells":["a",1,1.5,true,null,[],{"a":null}],"object":{"metadata":{"name":"x"}}},{"cells":[]}]}',
  ],
  [
    "limits of a class, zero and absent",
    "flowcontrol.v1.PriorityLevelConfiguration",
    '{"spec":{"type":"Limited","limited":{"nominalConcurrencyShares":0,"limitResponse":{"type":"Queue","queuing":{"queues":1,"handSize":1,"queueLengthLimit":1}},"lendablePercent":0}}}',
  ],
  [
    "usage in quantities",
    "metrics.v1beta1.PodMetrics",
    '{"metadata":{"name":"p"},"timestamp":"2024-01-01T00:00:00Z","window":"15.5s","containers":[{"name":"c","usage":{"cpu":"123456789n","memory":"0","__proto__":"1"}}]}',
  ],
  [
    "capacities of storage",
    "storage.v1.CSIStorageCapacity",
    '{"nodeTopology":{},"storageClassName":"fast","capacity":"0","maximumVolumeSize":"9223372036854775807"}',
  ],
  [
    "a driver's fields that are false are not absent",
    "storage.v1.CSIDriver",
    '{"spec":{"attachRequired":false,"podInfoOnMount":false,"storageCapacity":false,"volumeLifecycleModes":["Persistent"],"tokenRequests":[{"audience":"","expirationSeconds":0}],"requiresRepublish":false,"seLinuxMount":false}}',
  ],
  [
    "volumes with nothing to say",
    "core.v1.Pod",
    '{"spec":{"volumes":[{"name":"a","emptyDir":{}},{"name":"b","configMap":{"optional":false}},{"name":"c","projected":{"sources":[{"downwardAPI":{}},{}]}}],"containers":[{"name":"c","securityContext":{},"resources":{}}],"securityContext":{}},"status":{}}',
  ],
  [
    "whole numbers to the limit of what JavaScript holds",
    "core.v1.Pod",
    '{"metadata":{"generation":9007199254740991},"spec":{"containers":[],"securityContext":{"runAsUser":-9007199254740991},"terminationGracePeriodSeconds":0}}',
  ],
];

for (const [name, message, text] of shapes) {
  test(name, () => {
    const json: unknown = JSON.parse(text);
    assert.equal(canonical(roundTrip(message, json)), canonical(json));
  });
}

/** JSON text with sorted keys; a key `__proto__` counts as any other. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}
