import type {
  Client,
  ConfigMap,
  CustomResourceDefinition,
  KubernetesObject,
  ResourceClient,
} from "../../../clients/sdk/index.ts";

const group = "churn.example.com";
const version = "v1";

/** As quotas name them. */
export const widgetsName = `widgets.${group}`;

/** A kind of the test's own, whose objects own others. */
export const widgetDefinition: CustomResourceDefinition = {
  metadata: { name: widgetsName },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

export function widgetsOf(client: Client): ResourceClient<KubernetesObject> {
  const resource = client.dynamic(group, "widgets", version);
  if (!resource) throw new Error("the client knows no custom kinds");
  return resource;
}

export function widget(metadata: { name: string; namespace: string }): KubernetesObject {
  return { apiVersion: `${group}/${version}`, kind: "Widget", metadata };
}

/** What goes with its widget. */
export function belonging({ metadata: { name = "", namespace, uid } = {} }: KubernetesObject): ConfigMap {
  const owner = { apiVersion: `${group}/${version}`, kind: "Widget", name, uid, blockOwnerDeletion: true };
  return { metadata: { name: `of-${name}`, namespace, ownerReferences: [owner] } };
}
