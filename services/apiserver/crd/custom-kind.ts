import type { ResourceSchema } from "../../../gen/schema.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { DeploymentServiceDefinition } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { JsonRecord } from "../../../lib/api/records.ts";
import { customStrategy } from "../../../lib/resources/custom-resource/strategy.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { prune } from "../../../lib/structural/prune.ts";
import { type StructuralSchema, structuralSchema } from "../../../lib/structural/structural-schema.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { storeRoot } from "../resource-info.ts";
import { customCodec } from "./custom-codec.ts";
import { complete, customForm } from "./custom-form.ts";

const verbs = ["create", "get", "list", "watch", "update", "patch", "delete", "deletecollection"];

/** One version of a definition, as a kind like any other. */
export interface CustomKind {
  readonly version: CustomResourceDefinitionVersion;
  readonly structure: StructuralSchema;
  readonly info: ResourceInfo;
}

/** All versions of a definition, whether they are served or not. `viewOf` is how another version shows its objects. */
export function customKinds(
  definition: CustomResourceDefinition,
  viewOf: NonNullable<ResourceInfo["viewOf"]>,
): CustomKind[] {
  const versions = (definition.spec?.versions ?? []).map((version) => ({
    version,
    structure: structuralSchema(version.schema?.openAPIV3Schema),
  }));
  const isTrivial = definition.spec?.conversion?.strategy !== "Webhook";
  const structures = new Map(versions.map(({ version, structure }) => [apiVersionOf(definition, version), structure]));
  return versions.map(({ version, structure }) => {
    const schema = resourceSchema(definition, version);
    const apiVersion = apiVersionOf(definition, version);
    const info: ResourceInfo = {
      schema,
      strategy: customStrategy(schema, version, structure),
      form: customForm(structure),
      // An object is as it was stored, in the version of that time; only a webhook can make another of it.
      type: customCodec((object) => {
        complete(structures.get(object.apiVersion ?? "") ?? structure, object);
        if (isTrivial && object.apiVersion !== apiVersion) rename(object, apiVersion, structure);
      }),
      // Its methods have the names and streams that the services of all kinds have.
      service: DeploymentServiceDefinition,
      keyPrefix: `${storeRoot}${schema.group}/${schema.plural}/`,
      groupResource: `${schema.plural}.${schema.group}`,
      apiVersion,
      viewOf,
      listKind: definition.status?.acceptedNames?.listKind || `${schema.kind}List`,
    };
    return { version, structure, info };
  });
}

function rename(object: ApiObject, apiVersion: string, structure: StructuralSchema): void {
  object.apiVersion = apiVersion;
  prune(object as JsonRecord, structure);
}

function apiVersionOf({ spec }: CustomResourceDefinition, version: CustomResourceDefinitionVersion): string {
  return `${spec?.group}/${version.name}`;
}

function resourceSchema(
  { spec, status }: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): ResourceSchema {
  const names = status?.acceptedNames?.plural ? status.acceptedNames : (spec?.names ?? {});
  const { subresources } = version;
  return {
    group: spec?.group ?? "",
    version: version.name ?? "",
    kind: names.kind ?? "",
    plural: names.plural ?? "",
    singular: names.singular || (names.kind ?? "").toLowerCase(),
    namespaced: spec?.scope !== "Cluster",
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs,
    subresources: [...(subresources?.status ? ["status"] : []), ...(subresources?.scale ? ["scale"] : [])],
    selectableFields: (version.selectableFields ?? []).map(({ jsonPath = "" }) => jsonPath.replace(/^\./, "")),
    message: "",
  };
}
