import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { TableColumnDefinition } from "../../../gen/typernetes/meta/v1/table.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { tableColumns } from "../../../lib/resources/columns.ts";
import type { ApiObject, Column, Strategy } from "../../../lib/resources/strategy.ts";

const includes = ["None", "Metadata", "Object"] as const;

/** What a row has of its object besides the cells. */
export type IncludeObject = (typeof includes)[number];

/** One line of a table. */
export interface Row {
  cells: (string | number | boolean)[];
  object?: object;
}

/** How objects of a kind are put into a table. */
export class TableFormat {
  readonly apiVersion: string;
  readonly definitions: readonly TableColumnDefinition[];
  readonly includeObject: IncludeObject;
  readonly #columns: readonly Column<ApiObject>[];
  readonly #nowMs: () => number;

  constructor(strategy: Strategy, version: string, includeObject: IncludeObject, nowMs: () => number) {
    this.apiVersion = `meta.k8s.io/${version}`;
    this.includeObject = includeObject;
    this.#columns = tableColumns(strategy);
    this.#nowMs = nowMs;
    this.definitions = this.#columns.map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format: format ?? "",
      description,
      priority,
    }));
  }

  row(object: ApiObject): Row {
    const nowMs = this.#nowMs();
    const cells = this.#columns.map((column) => column.cell(object, nowMs));
    switch (this.includeObject) {
      case "None":
        return { cells };
      case "Object":
        return { cells, object };
      case "Metadata":
        return { cells, object: partialObject(object, this.apiVersion) };
    }
  }

  /** A table around rows; without definitions when they were sent before. */
  table(metadata: ListMeta, rows: readonly Row[], withDefinitions = true): object {
    const columnDefinitions = withDefinitions ? this.definitions : null;
    return { kind: "Table", apiVersion: this.apiVersion, metadata, columnDefinitions, rows };
  }
}

/** An object's metadata as an object of its own. */
export function partialObject({ metadata }: ApiObject, apiVersion: string): ApiObject {
  return { kind: "PartialObjectMetadata", apiVersion, metadata };
}

/** What a query says about the objects of rows. @throws StatusError BadRequest. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const text = query.get("includeObject") || "Metadata";
  const found = includes.find((include) => include === text);
  if (found) return found;
  throw new StatusError("BadRequest", `unrecognized includeObject value: ${JSON.stringify(text)}`);
}
