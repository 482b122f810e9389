import { messages } from "../../../gen/schema.ts";

const api = "io.k8s.api";
const machinery = "io.k8s.apimachinery.pkg";

/** Where Kubernetes keeps the types of packages that are not among its API types. */
const elsewhere: Readonly<Record<string, string>> = {
  meta: `${machinery}.apis.meta`,
  apiextensions: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
  apiregistration: "io.k8s.kube-aggregator.pkg.apis.apiregistration",
  metrics: "io.k8s.metrics.pkg.apis.metrics",
  custommetrics: "io.k8s.metrics.pkg.apis.custom_metrics",
  externalmetrics: "io.k8s.metrics.pkg.apis.external_metrics",
};

/** Names of definitions that are no message of the contracts. */
export const plainNames = {
  quantity: `${machinery}.api.resource.Quantity`,
  intOrString: `${machinery}.util.intstr.IntOrString`,
  rawExtension: `${machinery}.runtime.RawExtension`,
  time: `${machinery}.apis.meta.v1.Time`,
  microTime: `${machinery}.apis.meta.v1.MicroTime`,
  duration: `${machinery}.apis.meta.v1.Duration`,
  fieldsV1: `${machinery}.apis.meta.v1.FieldsV1`,
  json: `${elsewhere["apiextensions"]}.v1.JSON`,
  schemaOrArray: `${elsewhere["apiextensions"]}.v1.JSONSchemaPropsOrArray`,
  schemaOrBool: `${elsewhere["apiextensions"]}.v1.JSONSchemaPropsOrBool`,
  schemaOrStrings: `${elsewhere["apiextensions"]}.v1.JSONSchemaPropsOrStringArray`,
  versionInfo: `${machinery}.version.Info`,
} as const;

/** What Kubernetes calls a message in OpenAPI: `core.v1.Pod` is `io.k8s.api.core.v1.Pod`. */
export function definitionName(message: string): string {
  const dot = message.indexOf(".");
  const packageName = message.slice(0, dot);
  const place = Object.hasOwn(elsewhere, packageName) ? elsewhere[packageName] : `${api}.${packageName}`;
  return place + message.slice(dot);
}

/** The name of a kind that has no contract: its group's labels in reverse, then version and kind. */
export function customDefinitionName(group: string, version: string, kind: string): string {
  return `${group.split(".").reverse().join(".")}.${version}.${kind}`;
}

const byDefinition = new Map(Object.keys(messages).map((message) => [definitionName(message), message]));

/** The message that a definition describes; undefined when it describes none. */
export function messageOfDefinition(name: string): string | undefined {
  return byDefinition.get(name);
}
