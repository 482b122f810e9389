import assert from "node:assert/strict";
import { test } from "node:test";
import { messages } from "../../gen/schema.ts";

const documented = [
  ...["ComponentStatus", "ConfigMap", "Event", "Namespace", "Node", "Pod", "Secret", "Service", "ServiceAccount"].map(
    (kind) => `core.v1.${kind}`,
  ),
  ...["apps.v1.Deployment", "apps.v1.ReplicaSet", "coordination.v1.Lease", "discovery.v1.EndpointSlice"],
];

/** The message and everything that is in it. */
function withContents(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const field of messages[name]?.fields ?? []) if (field.message) withContents(field.message, found);
  return found;
}

for (const kind of documented) {
  test(`every field of ${kind} says what it is`, () => {
    const silent: string[] = [];
    for (const name of withContents(kind)) {
      if (!messages[name]?.doc) silent.push(name);
      for (const field of messages[name]?.fields ?? []) if (!field.doc) silent.push(`${name}.${field.name}`);
    }
    assert.deepEqual(silent, []);
  });
}
