import type { ResourceSchema } from "../../../gen/schema.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { DeploymentServiceDefinition } from "../../../gen/typernetes/apps/v1/deployment.ts";
import { customStrategy } from "../../../lib/resources/custom-resource/strategy.ts";
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

/** All versions of a definition, whether they are served or not. */
export function customKinds(definition: CustomResourceDefinition): CustomKind[] {
  const versions = (definition.spec?.versions ?? []).map((version) => ({
    version,
    structure: structuralSchema(version.schema?.openAPIV3Schema),
  }));
  const structures = new Map(versions.map(({ version, structure }) => [apiVersionOf(definition, version), structure]));
  return versions.map(({ version, structure }) => {
    const schema = resourceSchema(definition, version);
    const apiVersion = apiVersionOf(definition, version);
    const info: ResourceInfo = {
      schema,
      strategy: customStrategy(schema, version, structure),
      form: customForm(structure),
      // An object is as it was stored: in the version of that time.
      type: customCodec((object) => complete(structures.get(object.apiVersion ?? "") ?? structure, object)),
      // Its methods have the names and streams that the services of all kinds have.
      service: DeploymentServiceDefinition,
      keyPrefix: `${storeRoot}${schema.group}/${schema.plural}/`,
      groupResource: `${schema.plural}.${schema.group}`,
      apiVersion,
      listKind: definition.status?.acceptedNames?.listKind || `${schema.kind}List`,
    };
    return { version, structure, info };
  });
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
