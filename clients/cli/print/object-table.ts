import type { ApiObject, ResourceInfo } from "../../../lib/api/resource-info.ts";
import { shownLabels, tableColumns } from "../../../lib/resources/columns.ts";
import { customColumns } from "../../../lib/resources/custom-resource/columns.ts";
import { strategyOf } from "../../../lib/resources/list.ts";
import type { Column } from "../../../lib/resources/strategy.ts";
import { customColumnsOf } from "../request/custom-kinds.ts";
import { kindPrefix } from "../request/names.ts";
import { cellText, TableText } from "./table.ts";

export interface TableSettings {
  readonly wide: boolean;
  readonly headers: boolean;
  readonly withNamespace: boolean;
  /** Names are written `pod/web`. */
  readonly withKind: boolean;
  readonly showLabels: boolean;
  /** Labels that get a column each. */
  readonly labelColumns: readonly string[];
}

/** The table of the objects of one kind, which may grow while it is printed. */
export class ObjectTable {
  readonly #info: ResourceInfo;
  readonly #settings: TableSettings;
  readonly #columns: readonly Column<ApiObject>[];
  readonly #table = new TableText();
  #hasHeader: boolean;

  constructor(info: ResourceInfo, settings: TableSettings) {
    this.#info = info;
    this.#settings = settings;
    const custom = customColumnsOf(info);
    const columns = tableColumns(custom ? { columns: customColumns(custom) } : strategyOf(info));
    this.#columns = columns.filter(({ priority }) => settings.wide || priority === 0);
    this.#hasHeader = !settings.headers;
  }

  /** The lines of these objects, with the header before the first. */
  rows(objects: readonly ApiObject[], nowMs: number): string {
    const rows = objects.map((object) => this.#row(object, nowMs));
    if (this.#hasHeader) return this.#table.format(rows);
    this.#hasHeader = true;
    return this.#table.format([this.#header(), ...rows]);
  }

  #header(): string[] {
    const { withNamespace, showLabels, labelColumns } = this.#settings;
    return [
      ...(withNamespace ? ["NAMESPACE"] : []),
      ...this.#columns.map(({ name }) => name.toUpperCase()),
      ...labelColumns.map((label) => (label.split("/").at(-1) ?? label).toUpperCase()),
      ...(showLabels ? ["LABELS"] : []),
    ];
  }

  #row(object: ApiObject, nowMs: number): string[] {
    const { withNamespace, withKind, showLabels, labelColumns } = this.#settings;
    const { namespace = "", labels } = object.metadata ?? {};
    const cells = this.#columns.map((column) => cellText(column.cell(object, nowMs)));
    if (withKind) cells[0] = `${kindPrefix(this.#info)}/${cells[0]}`;
    if (withNamespace) cells.unshift(namespace);
    for (const label of labelColumns) cells.push(labels?.[label] ?? "");
    if (showLabels) cells.push(shownLabels(labels));
    return cells;
  }
}
