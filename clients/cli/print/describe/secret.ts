import type { Secret } from "../../../../gen/typernetes/core/v1/secret.ts";
import type { Describer } from "./describe.ts";

/** Tells how long the values are, never what they are. */
export const describeSecret: Describer = async (text, { metadata = {}, type, data }: Secret) => {
  text.field("Name", metadata.name ?? "").field("Namespace", metadata.namespace ?? "");
  text.map("Labels", metadata.labels).annotations(metadata.annotations);
  text
    .line("")
    .field("Type", type ?? "")
    .line("")
    .line("Data")
    .line("====");
  for (const [key, value] of Object.entries(data ?? {}).sort(([left], [right]) => (left < right ? -1 : 1)))
    text.line(`${key}:\t${Buffer.from(value, "base64").length} bytes`);
};
