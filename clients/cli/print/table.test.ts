import assert from "node:assert/strict";
import { test } from "node:test";
import { tabbed } from "./tabbed.ts";
import { cellText, TableText } from "./table.ts";

test("columns are as wide as their widest cell and three spaces, six at least; the last has none behind it", () => {
  assert.equal(
    new TableText().format([
      ["NAME", "A", "AGE"],
      ["web-1", "x", "5s"],
    ]),
    "NAME    A     AGE\nweb-1   x     5s\n",
  );
});

test("rows that come later keep the widths", () => {
  const table = new TableText();
  table.format([["a-long-name", "x"]]);
  assert.equal(table.format([["b", "y"]]), "b             y\n");
});

test("a cell is one line without escapes", () => {
  assert.equal(cellText("one\ntwo"), "one...");
  assert.equal(cellText("\u001b[31mred"), "^[[31mred");
  assert.equal(cellText(3), "3");
});

test("tabs align the lines that follow each other", () => {
  assert.equal(
    tabbed("Name:\tx\nNamespace:\ty\nList:\n  a:\tb\n  longer:\tc\n"),
    "Name:       x\nNamespace:  y\nList:\n  a:       b\n  longer:  c\n",
  );
});
