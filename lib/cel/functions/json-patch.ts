import type { Environment } from "@marcbachmann/cel-js";

/** `jsonpatch.escapeKey(…)`: a key as a part of a JSON pointer. */
export function registerJsonPatch(environment: Environment): void {
  class Namespace {}
  environment
    .registerType("JsonPatchNamespace", Namespace)
    .registerConstant("jsonpatch", "JsonPatchNamespace", new Namespace())
    .registerFunction("JsonPatchNamespace.escapeKey(string): string", (_: Namespace, key: string) =>
      key.replaceAll("~", "~0").replaceAll("/", "~1"),
    );
}
