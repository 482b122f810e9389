import { humanDuration } from "../api/human-duration.ts";
import type { ApiObject, Column, Strategy } from "./strategy.ts";

/** What is printed where there is nothing to print. */
export const none = "<none>";
export const unknown = "<unknown>";

/** The name of an object, the first column of nearly all tables. */
export const nameColumn: Column<ApiObject> = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name of the object, unique among those of its kind in its namespace.",
  priority: 0,
  cell: (object) => object.metadata?.name ?? "",
};

/** The name of a class, marked when `annotation` says that it is the default. */
export function defaultMarkedNameColumn(annotation: string): Column<ApiObject> {
  return {
    ...nameColumn,
    cell({ metadata }) {
      const isDefault = metadata?.annotations?.[annotation] === "true";
      return `${metadata?.name ?? ""}${isDefault ? " (default)" : ""}`;
    },
  };
}

/** How long ago an object was created. */
export const ageColumn: Column<ApiObject> = {
  name: "Age",
  type: "string",
  description: "How long ago the object was created.",
  priority: 0,
  cell: (object, nowMs) => age(object.metadata?.creationTimestamp, nowMs),
};

/** When an object was created: what is printed of kinds that have nothing else to show. */
export const createdAtColumn: Column<ApiObject> = {
  name: "Created At",
  type: "date",
  description: "When the object was created.",
  priority: 0,
  cell: (object) => object.metadata?.creationTimestamp ?? "",
};

/** All columns of a kind: its own, and the name before them unless it places the name itself. */
export function tableColumns(strategy: Pick<Strategy, "columns">): readonly Column<ApiObject>[] {
  const hasName = strategy.columns.some((column) => column.name === nameColumn.name);
  return hasName ? strategy.columns : [nameColumn, ...strategy.columns];
}

/** A column of text. */
export function textColumn<T>(
  name: string,
  description: string,
  cell: (object: T, nowMs: number) => string,
  priority = 0,
): Column<T> {
  return { name, type: "string", description, priority, cell };
}

/** A column of numbers. */
export function countColumn<T>(
  name: string,
  description: string,
  cell: (object: T) => number,
  priority = 0,
): Column<T> {
  return { name, type: "integer", description, priority, cell };
}

/** A column of yes and no. */
export function flagColumn<T>(name: string, description: string, cell: (object: T) => boolean): Column<T> {
  return { name, type: "boolean", description, priority: 0, cell };
}

/** How long before `nowMs` a time was, as `5m` or `3d4h`. */
export function age(time: string | undefined, nowMs: number): string {
  return time ? humanDuration(nowMs - Date.parse(time)) : unknown;
}

/** Labels as `a=b,c=d`, by key. */
export function shownLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${value}`).join(",") || none;
}
