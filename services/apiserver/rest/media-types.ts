import { StatusError } from "../../../lib/base/status-error.ts";

export const json = "application/json";
export const yaml = "application/yaml";
export const protobuf = "application/vnd.kubernetes.protobuf";

/** In which encoding, and as what, a client wants its answer. */
export interface MediaType {
  readonly encoding: typeof json | typeof yaml | typeof protobuf;
  /** `Table`, `PartialObjectMetadata`, `PartialObjectMetadataList`; undefined: the object itself. */
  readonly as?: string | undefined;
  /** Group and version of `as`. */
  readonly group?: string | undefined;
  readonly version?: string | undefined;
}

/** One thing that an `Accept` header names. */
interface Clause {
  type: string;
  parameters: Readonly<Record<string, string>>;
  quality: number;
}

const plainJson: MediaType = { encoding: json };
const parsedMax = 256;
const parsed = new Map<string, readonly Clause[]>();

/**
 * The first of the accepted types, the best liked first, that can be answered; JSON when a client does not say.
 * @throws StatusError NotAcceptable.
 */
export function acceptedType(
  accept: string | undefined,
  canAnswer: (type: MediaType) => boolean,
  offered: readonly MediaType["encoding"][] = [json, yaml, protobuf],
  suffix = "",
): MediaType {
  if (!accept || accept === json || accept === "*/*") return plainJson;
  for (const clause of clausesOf(accept)) {
    const encoding = encodingOf(clause.type, offered);
    if (!encoding || clause.quality === 0) continue;
    const { as, g, v, charset } = clause.parameters;
    if (charset && charset.toLowerCase() !== "utf-8") continue;
    const type: MediaType = as ? { encoding, as, group: g, version: v } : { encoding };
    if (canAnswer(type)) return type;
  }
  const names = offered.map((name) => name + suffix).join(", ");
  throw new StatusError("NotAcceptable", `only the following media types are accepted: ${names}`);
}

/** The type alone, of a header with or without parameters. */
export function bareType(contentType: string | undefined): string {
  if (contentType === json) return json;
  return (contentType ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

function encodingOf(type: string, offered: readonly MediaType["encoding"][]): MediaType["encoding"] | undefined {
  if (type === "*/*" || type === "application/*") return offered[0];
  return offered.find((each) => each === type);
}

function clausesOf(accept: string): readonly Clause[] {
  let clauses = parsed.get(accept);
  if (clauses) return clauses;
  clauses = accept
    .split(",")
    .map(readClause)
    .filter((clause) => clause.type !== "")
    .sort((left, right) => right.quality - left.quality);
  if (parsed.size >= parsedMax) parsed.clear();
  parsed.set(accept, clauses);
  return clauses;
}

function readClause(text: string): Clause {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters: Record<string, string> = {};
  for (const part of rest) {
    const equals = part.indexOf("=");
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim().toLowerCase();
    if (name !== "__proto__")
      parameters[name] = part
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, "$1");
  }
  const quality = Number(parameters["q"] ?? 1);
  return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 };
}
