import type { ConfigMap } from "../../../../gen/typernetes/core/v1/config_map.ts";
import type { Describer } from "./describe.ts";

export const describeConfigMap: Describer = async (text, { metadata = {}, data, binaryData }: ConfigMap) => {
  text.field("Name", metadata.name ?? "").field("Namespace", metadata.namespace ?? "");
  text.map("Labels", metadata.labels).annotations(metadata.annotations);
  text.line("").line("Data").line("====");
  for (const [key, value] of sorted(data)) text.line(`${key}:`).line("----").line(value).line("");
  text.line("").line("BinaryData").line("====");
  for (const [key, value] of sorted(binaryData)) text.line(`${key}: ${Buffer.from(value, "base64").length} bytes`);
  text.line("");
};

function sorted(map: Readonly<Record<string, string>> | undefined): [string, string][] {
  return Object.entries(map ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
}
