import type {
  CustomResourceDefinition,
  JSONSchemaProps,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { DynamicServiceDefinition } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import type { Client } from "../../../lib/client/client.ts";

/** Any object, read as JSON. */
export interface Custom {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; namespace?: string; resourceVersion?: string; uid?: string; generation?: number };
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects that have no type.
  [field: string]: any;
}

const group = "stable.example.com";

/** A definition with one version, for tests. */
export function definitionOf(
  plural: string,
  kind: string,
  schema: JSONSchemaProps,
  more: { version?: object; spec?: object; names?: object } = {},
): CustomResourceDefinition {
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List`, ...more.names },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more.version }],
      ...more.spec,
    },
  };
}

/** Defines a kind and waits until it is served. */
export async function define(client: Client, definition: CustomResourceDefinition): Promise<void> {
  await client.apiextensions.v1.customresourcedefinitions.create(definition);
  const { name = "" } = definition.metadata ?? {};
  await eventually(async () => {
    const { status } = await client.apiextensions.v1.customresourcedefinitions.get(name);
    return status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;
  });
  const resource = definition.spec?.names?.plural ?? "";
  await eventually(() =>
    client.call(DynamicServiceDefinition, "list", { type: { group, resource } }).then(
      () => true,
      () => false,
    ),
  );
}

/** The verbs of a custom kind over the dynamic service. */
export function customClient(client: Client, resource: string, version = "v1") {
  const type = { group, version, resource };
  const namespace = "default";
  const objectOf = async (answer: Promise<{ object?: unknown }>) => (await answer).object as Custom;
  return {
    create: (object: object, options = {}) =>
      objectOf(client.call(DynamicServiceDefinition, "create", { type, namespace, object, options })),
    get: (name: string) => objectOf(client.call(DynamicServiceDefinition, "get", { type, namespace, name })),
    update: (object: object, subresource?: string) =>
      objectOf(client.call(DynamicServiceDefinition, "update", { type, object, subresource })),
    updateStatus: (object: object) => objectOf(client.call(DynamicServiceDefinition, "updateStatus", { type, object })),
    merge: (name: string, patch: object, subresource?: string) =>
      objectOf(
        client.call(DynamicServiceDefinition, "patch", {
          ...{ type, namespace, name, subresource },
          patchType: "application/merge-patch+json",
          patch: Buffer.from(JSON.stringify(patch)),
        }),
      ),
    scale: (name: string) =>
      objectOf(client.call(DynamicServiceDefinition, "get", { type, namespace, name, subresource: "scale" })),
    delete: (name: string) => objectOf(client.call(DynamicServiceDefinition, "delete", { type, namespace, name })),
    list: async (options = {}) => {
      const list = await client.call(DynamicServiceDefinition, "list", { type, namespace, options });
      return { ...list, items: (list.items ?? []) as Custom[] };
    },
    watch: (options = {}, signal?: AbortSignal) =>
      client.stream(DynamicServiceDefinition, "watch", { type, namespace, options }, signal ? { signal } : {}),
  };
}
