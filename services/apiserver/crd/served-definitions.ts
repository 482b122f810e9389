import type { CustomResourceDefinition } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { resourceInfos } from "../../../lib/api/resource-info.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { Handlers } from "../../../lib/grpc/router.ts";
import type { Core } from "../core.ts";
import { resourceHandlers } from "../grpc/door.ts";
import type { ResourceService } from "../grpc/resource-service.ts";
import { guard } from "../request-path.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { ServedResources } from "../served-resources.ts";
import { getScale, updateScale } from "../verbs/scale.ts";
import { viewHandlers } from "../views/view.ts";
import { type Conversion, conversionOf } from "./conversion.ts";
import { type CustomKind, customKinds } from "./custom-kind.ts";
import { versionForm, versionView, writtenThrough } from "./version-view.ts";

/** A definition as it is served now. */
interface Serving {
  /** Equal while nothing has changed that matters to those who are served. */
  readonly state: string;
  readonly storage: ResourceInfo;
  readonly versions: readonly CustomKind[];
}

/** Which definitions are served, in which versions. */
export class ServedDefinitions {
  readonly #core: Core;
  readonly #served: ServedResources;
  readonly #byName = new Map<string, Serving>();

  constructor(core: Core, served: ServedResources) {
    this.#core = core;
    this.#served = served;
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  /** How the objects of a definition are stored; undefined when it is not served. */
  storageOf(name: string): ResourceInfo | undefined {
    return this.#byName.get(name)?.storage;
  }

  /** Serves a definition as it is now. Resolves when its objects can be read. */
  async serve(definition: CustomResourceDefinition): Promise<void> {
    const { name = "" } = definition.metadata ?? {};
    const before = this.#byName.get(name);
    const state = stateOf(definition);
    if (before?.state === state || isContracts(definition)) return;
    const conversion = conversionOf(this.#core, definition);
    const kinds = customKinds(definition, (apiVersion) => {
      const kind = versions.find(({ info }) => info.apiVersion === apiVersion);
      return kind && storage && versionForm(kind, storage, conversion);
    });
    const versions = kinds.filter(({ version }) => version.served);
    const storage = kinds.find(({ version }) => version.storage);
    if (!storage) return;
    await this.#core.cache.add(storage.info);
    this.#byName.set(name, { state, storage: storage.info, versions });
    for (const { info } of before?.versions ?? [])
      if (!versions.some((kind) => kind.info.apiVersion === info.apiVersion)) this.#served.remove(info.schema);
    const isDeleted = definition.metadata?.deletionTimestamp !== undefined;
    for (const kind of versions) this.#add(kind, this.#handlersOf(kind, storage, conversion), isDeleted);
  }

  /** Ends serving a definition that is gone. */
  end(name: string): void {
    const serving = this.#byName.get(name);
    if (!serving) return;
    this.#byName.delete(name);
    for (const { info } of serving.versions) this.#served.remove(info.schema);
    this.#core.cache.remove(serving.storage);
  }

  #add(kind: CustomKind, handlers: Handlers<ResourceService>, isDeleted: boolean): void {
    const { info } = kind;
    const { schema, strategy } = info;
    const allowed = isDeleted ? { ...handlers, create: () => Promise.reject(terminating(schema)) } : handlers;
    this.#served.add({
      schema,
      strategy,
      // The generator gives every kind's service these methods.
      handlers: guard(this.#core, { schema, info }, info.service as ResourceService, allowed),
      decode: (json, validation) => info.form.decode(json, validation),
      isCustom: true,
      ...(info.listKind && { listKind: info.listKind }),
      structure: kind.structure,
      definition: kind.version,
      ...deprecation(kind),
    });
  }

  #handlersOf(kind: CustomKind, storage: CustomKind, conversion: Conversion): Handlers<ResourceService> {
    // By a webhook objects may be stored in other versions than they are served in now.
    const isStored = kind === storage && conversion.isTrivial;
    const handlers = isStored
      ? resourceHandlers(this.#core, storage.info)
      : {
          ...viewHandlers(
            this.#core,
            writtenThrough(kind, storage, conversion),
            versionView(kind, storage, conversion),
          ),
          ...scaleHandlers(this.#core, kind, storage, conversion),
        };
    const { updateStatus, getScale, updateScale, updateApproval: _, finalize: __, ...rest } = handlers;
    const { subresources } = kind.info.schema;
    return {
      ...rest,
      ...(subresources.includes("status") && updateStatus && { updateStatus }),
      ...(subresources.includes("scale") && getScale && updateScale && { getScale, updateScale }),
    };
  }
}

/** How many are wanted and seen is said in the version that is stored, where it says so. */
function scaleHandlers(
  core: Core,
  kind: CustomKind,
  storage: CustomKind,
  conversion: Conversion,
): Partial<Handlers<ResourceService>> {
  const info = writtenThrough(kind, storage, conversion);
  const scale = storage.info.strategy.scale ?? kind.info.strategy.scale;
  if (!scale) return {};
  const scaled = { ...info, strategy: { ...info.strategy, scale } };
  return {
    getScale: (request) => getScale(core, scaled, request),
    updateScale: (request, caller) => updateScale(core, scaled, request, caller),
  };
}

/** What a contract describes is served by that, whatever a definition says. */
function isContracts({ spec }: CustomResourceDefinition): boolean {
  return resourceInfos.some(({ group, plural }) => group === spec?.group && plural === spec?.names?.plural);
}

function stateOf({ metadata, spec, status }: CustomResourceDefinition): string {
  return JSON.stringify([metadata?.uid, metadata?.deletionTimestamp !== undefined, spec, namesOf(status)]);
}

/** In one order, whether the names come from the store or are about to go there. */
function namesOf({ acceptedNames = {} }: CustomResourceDefinition["status"] = {}): unknown[] {
  const { plural, singular, shortNames, kind, listKind, categories } = acceptedNames;
  return [plural, singular, shortNames, kind, listKind, categories].map((name) => name ?? "");
}

function terminating({ group, plural }: ResourceInfo["schema"]): StatusError {
  const message = "create not allowed while custom resource definition is terminating";
  return new StatusError("MethodNotAllowed", message, { group, kind: plural });
}

/** What clients of a version are told that is about to go. */
function deprecation({ version, info }: CustomKind): { warning?: string } {
  if (!version.deprecated) return {};
  return { warning: version.deprecationWarning || `${info.apiVersion} ${info.schema.kind} is deprecated` };
}
