import {
  type Document,
  isScalar,
  Lexer,
  Parser,
  parseAllDocuments,
  type Range,
  type ScalarTag,
  stringify,
  type Tags,
  visit,
} from "yaml";
import { StatusError } from "../base/status-error.ts";

/** One document of a file of manifests. */
export interface YamlDocument {
  readonly value: unknown;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/**
 * Aliases may stand for no more nodes than this: a small file must not become a large object. There may be no more aliases
 * either: what each stands for is looked for in the whole document.
 */
const aliasedNodesMax = 1000;
const documentsMax = 10_000;
/** The parser calls itself for each level, and V8 may give up when it compiles an expression with little stack left. */
const depthMax = 250;

/**
 * Parses YAML or JSON text of any number of documents; empty ones are left out. As in Kubernetes' tools, the YAML is that of
 * version 1.1 (`yes` is true), times stay texts, and a key given twice is an error. There may be ten thousand documents.
 * @throws StatusError BadRequest with line and column.
 */
export function parseYaml(text: string): YamlDocument[] {
  const options = {
    version: "1.1",
    customTags: plainTags,
    prettyErrors: true,
    // Looked for here: the parser compares each key with all those before it.
    uniqueKeys: false,
    stringKeys: true,
  } as const;
  refuseExcess(text);
  const parsed = parseAllDocuments(text, options);
  const documents: YamlDocument[] = [];
  // Without any document, the parser answers an empty list of another type.
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const fault = document.errors[0];
    if (fault) throw yamlFault(fault.linePos?.[0], firstLine(fault.message));
    refuseRepeatedKeys(document, text);
    const value = plainValue(document);
    if (value !== null && value !== undefined)
      documents.push({ value, line: lineOf(text, document.contents?.range?.[0] ?? 0) });
  }
  return documents;
}

/** The first stage of parsing keeps its own stack, so that it can be asked how deep the text is. */
function refuseExcess(text: string): void {
  const parser = new Parser();
  let [aliases, documents] = [0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > depthMax) throw yamlFault(undefined, "exceeded max depth");
    if (lexeme.startsWith("*") && ++aliases > aliasedNodesMax) throw yamlFault(undefined, "too many aliases");
    if (lexeme === "---" && ++documents > documentsMax) throw yamlFault(undefined, "too many documents");
  }
}

function refuseRepeatedKeys(document: Document, text: string): void {
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) throw yamlFault(placeIn(text, key.range), "a key is given twice");
        seen.add(key.value);
      }
    },
  });
}

function placeIn(text: string, range: Range | null | undefined): { line: number; col: number } {
  const before = text.slice(0, range?.[0] ?? 0).split("\n");
  return { line: before.length, col: (before.at(-1)?.length ?? 0) + 1 };
}

function plainValue(document: Document): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: aliasedNodesMax });
    return value;
  } catch (error) {
    throw yamlFault(undefined, error instanceof Error ? error.message : String(error));
  }
}

/** Values that JSON has; no times, sexagesimal numbers or sets. */
function plainTags(tags: Tags): Tags {
  const foreign = ["timestamp", "binary", "set", "omap", "pairs"].map((name) => `tag:yaml.org,2002:${name}`);
  return tags
    .filter((tag) => typeof tag === "string" || (!foreign.includes(tag.tag) && tag.format !== "TIME"))
    .map((tag) => (isFloat(tag) ? withDigits(tag) : tag));
}

function isFloat(tag: Tags[number]): tag is ScalarTag {
  return typeof tag !== "string" && tag.tag === "tag:yaml.org,2002:float" && "test" in tag;
}

/** The parser takes `.` and `e1` for numbers; a number has digits before its exponent. */
function withDigits(tag: ScalarTag): ScalarTag {
  if (tag.test?.test(".")) return { ...tag, test: /^[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*\.[0-9_]*)$/ };
  if (tag.test?.test("e1"))
    return { ...tag, test: /^[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)[eE][-+]?[0-9]+$/ };
  return tag;
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
}

function yamlFault(place: { line: number; col: number } | undefined, message: string): StatusError {
  const where = place ? `line ${place.line}, column ${place.col}: ` : "";
  return new StatusError("BadRequest", `error parsing YAML: ${where}${message}`);
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}

/** Writes a value as YAML, as Kubernetes' tools do: keys in order, lists not indented, no folded lines. */
export function formatYaml(value: unknown): string {
  return stringify(value, {
    version: "1.1",
    customTags: quotedMerge,
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}

/** Unquoted, a key `<<` would not be read as text but merge its value into the map. */
function quotedMerge(tags: Tags): Tags {
  return tags.map((tag) => (isMerge(tag) ? { ...tag, stringify: () => '"<<"' } : tag));
}

function isMerge(tag: Tags[number]): tag is ScalarTag {
  return typeof tag !== "string" && tag.tag === "tag:yaml.org,2002:merge" && !("collection" in tag);
}
