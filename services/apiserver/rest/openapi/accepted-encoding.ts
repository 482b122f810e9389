import type { OpenApiVersion } from "../../../../lib/api/openapi/open-api-version.ts";

type Known = readonly [accepted: string, encoding: "json" | "protobuf", type: string];

/** Types in which a document is answered, and what the answer calls itself. The first is for those who do not say. */
function encodingsOf(version: OpenApiVersion): readonly Known[] {
  const family = `application/com.github.proto-openapi.spec.v${version}`;
  const protobuf = `${family}.v1.0+protobuf`;
  return [
    ["application/json", "json", "application/json"],
    [protobuf, "protobuf", protobuf],
    // The old name, which no type may have.
    [`${family}@v1.0+protobuf`, "protobuf", protobuf],
  ];
}

const encodings = { 2: encodingsOf(2), 3: encodingsOf(3) };

/** How a document is answered. */
export interface AcceptedEncoding {
  readonly encoding: "json" | "protobuf";
  readonly type: string;
}

/** The best liked encoding that a document of a version has; undefined when there is none. */
export function acceptedEncoding(accept: string | undefined, version: OpenApiVersion): AcceptedEncoding | undefined {
  const clauses = (accept || "*/*").split(",").map((clause) => {
    const [type = "", ...parameters] = clause.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  for (const { type, quality } of clauses.sort((left, right) => right.quality - left.quality)) {
    if (!(quality > 0)) continue;
    const isAny = type === "*/*" || type === "application/*";
    const found = encodings[version].find(([name]) => isAny || name === type);
    if (found) return { encoding: found[1], type: found[2] };
  }
  return undefined;
}
