import type { CustomResourceDefinition } from "../../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { Scale } from "../../../../gen/typernetes/autoscaling/v1/scale.ts";
import { isRecord } from "../../../../lib/api/records.ts";
import { clonePlain } from "../../../../lib/base/plain-data.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { ObjectForm } from "../../object-form.ts";
import { type ResourceInfo, storeKey } from "../../resource-info.ts";
import { autoscalerView } from "../../views/autoscaler-view.ts";
import { eventsView } from "../../views/events-view.ts";
import type { View } from "../../views/view.ts";
import type { AdmissionContext, AdmissionRequest } from "../admission.ts";
import type { PartKind } from "../admit-part.ts";

/** One of the versions in which a request's object can be shown to others. */
export interface AdmissionVersion {
  readonly group: string;
  readonly version: string;
  /** The plural. */
  readonly resource: string;
  /** Group, version and kind of what is shown. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** As clients of the version see it. */
  show(stored: ApiObject): ApiObject | Promise<ApiObject>;
  /** What is stored, of JSON in this version; undefined when nobody may change what is shown. */
  readonly read?: (shown: unknown, current: ApiObject) => ApiObject | Promise<ApiObject>;
}

const views: Readonly<Record<string, View>> = {
  "horizontalpodautoscalers.autoscaling": autoscalerView,
  events: eventsView,
};

/** The version that the client used first, then the others of the same objects. */
export function versionsOf(context: AdmissionContext, request: AdmissionRequest): AdmissionVersion[] {
  const { info, apiVersion = info.apiVersion } = request;
  const versions = [storedVersion(info), ...otherVersions(context, info)];
  const shown = versions.map((version) => ofSubresource(version, request) ?? version);
  const isAsked = (version: AdmissionVersion) => apiVersionOf(version) === apiVersion;
  return [...shown.filter(isAsked), ...shown.filter((version) => !isAsked(version))];
}

/** `v1`, `apps/v1`. */
function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group ? `${group}/${version}` : version;
}

function storedVersion(info: ResourceInfo): AdmissionVersion {
  const { group, version, plural: resource, kind } = info.schema;
  const kindOf = { group, version, kind };
  return {
    ...{ group, version, resource, kind: kindOf },
    show: (stored) => ({ ...stored, apiVersion: info.apiVersion, kind }),
    read: (shown) => decode(info.form, shown, info.apiVersion, kind),
  };
}

function otherVersions(context: AdmissionContext, info: ResourceInfo): AdmissionVersion[] {
  const view = views[info.groupResource];
  const kind = info.schema.kind;
  if (view) return [viewedVersion(info, view.apiVersion, view, kind)];
  if (!info.viewOf) return [];
  return customVersions(context, info).flatMap((apiVersion) => {
    const form = apiVersion === info.apiVersion ? undefined : info.viewOf?.(apiVersion);
    return form ? [viewedVersion(info, apiVersion, form, kind)] : [];
  });
}

function viewedVersion(
  info: ResourceInfo,
  apiVersion: string,
  view: Pick<View, "form" | "show" | "read">,
  kind: string,
): AdmissionVersion {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return {
    ...{ group, version, resource: info.schema.plural, kind: { group, version, kind } },
    show: async (stored) => ({ ...(await view.show(clonePlain(stored))), apiVersion, kind }),
    async read(shown, current) {
      const { apiVersion: _, kind: __, ...object } = decode(view.form, shown, apiVersion, kind);
      const stored = await view.read(object, false, current);
      return { ...stored, apiVersion: info.apiVersion, kind };
    },
  };
}

function customVersions({ cache, resource }: AdmissionContext, { schema }: ResourceInfo): string[] {
  const definitions = resource("apiextensions.k8s.io", "customresourcedefinitions");
  const definitionCache = cache.cacheOf(definitions);
  const entry = definitionCache.get(storeKey(definitions, undefined, `${schema.plural}.${schema.group}`));
  if (!entry) return [];
  const { spec }: CustomResourceDefinition = definitionCache.decode(entry);
  return (spec?.versions ?? []).filter(({ served }) => served).map(({ name }) => `${schema.group}/${name}`);
}

/** Unknown fields are dropped, as anywhere in the API. */
function decode(form: ObjectForm, shown: unknown, apiVersion: string, kind: string): ApiObject {
  const { object } = form.decode(shown, "Ignore");
  return { ...object, apiVersion, kind };
}

/** Some subresources are kinds of their own. */
function ofSubresource(version: AdmissionVersion, request: AdmissionRequest): AdmissionVersion | undefined {
  const { info, subresource } = request;
  if (subresource === "scale" && info.strategy.scale) return scaleVersion(version, info.strategy.scale);
  if (request.part) return partVersion(version, request.part);
  if (request.operation !== "CONNECT") return undefined;
  const { kind = "" } = request.object ?? {};
  return { ...version, kind: { group: "", version: "v1", kind }, show: (options) => options };
}

function scaleVersion(
  { group, version, resource }: AdmissionVersion,
  rules: NonNullable<ResourceInfo["strategy"]["scale"]>,
): AdmissionVersion {
  return {
    ...{ group, version, resource, kind: { group: "autoscaling", version: "v1", kind: "Scale" } },
    show(stored): ApiObject & Scale {
      const { name, namespace, uid, resourceVersion, creationTimestamp } = stored.metadata ?? {};
      const selector = rules.selector(stored);
      return {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
        spec: { replicas: rules.replicas(stored) },
        status: { replicas: rules.statusReplicas(stored), ...(selector && { selector }) },
      };
    },
    read(shown, current) {
      const spec = isRecord(shown) && isRecord(shown.spec) ? shown.spec : {};
      const object = clonePlain(current);
      if (typeof spec.replicas === "number") rules.setReplicas(object, spec.replicas);
      return object;
    },
  };
}

function partVersion({ group, version, resource }: AdmissionVersion, { form, ...part }: PartKind): AdmissionVersion {
  const kind = { group: part.group, version: part.version, kind: part.kind };
  const apiVersion = apiVersionOf(part);
  return {
    ...{ group, version, resource, kind },
    show: (object) => ({ ...object, apiVersion, kind: part.kind }),
    read: (shown) => decode(form, shown, apiVersion, part.kind),
  };
}
