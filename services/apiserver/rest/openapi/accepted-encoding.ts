/** Types in which v2 is answered, and what the answer calls itself. The first is for those who do not say. */
const encodings: readonly (readonly [accepted: string, encoding: "json" | "protobuf", type: string])[] = [
  ["application/json", "json", "application/json"],
  [
    "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
    "protobuf",
    "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
  ],
  // The old name, which no type may have.
  [
    "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
    "protobuf",
    "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
  ],
];

/** How a document is answered. */
export interface AcceptedEncoding {
  readonly encoding: "json" | "protobuf";
  readonly type: string;
}

/** The best liked encoding that a document has; undefined when there is none. */
export function acceptedEncoding(
  accept: string | undefined,
  offered: readonly AcceptedEncoding["encoding"][] = ["json", "protobuf"],
): AcceptedEncoding | undefined {
  const clauses = (accept || "*/*").split(",").map((clause) => {
    const [type = "", ...parameters] = clause.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  for (const { type, quality } of clauses.sort((left, right) => right.quality - left.quality)) {
    if (!(quality > 0)) continue;
    const isAny = type === "*/*" || type === "application/*";
    const found = encodings.find(([name, encoding]) => offered.includes(encoding) && (isAny || name === type));
    if (found) return { encoding: found[1], type: found[2] };
  }
  return undefined;
}
