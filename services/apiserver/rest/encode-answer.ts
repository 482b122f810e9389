import { encodeJson } from "../../../lib/api/encode-json.ts";
import { withHeldStructs } from "../../../lib/api/held-structs.ts";
import type { Exchange } from "./exchange.ts";
import { encodeProtobuf, type ProtobufType } from "./kubernetes-protobuf.ts";
import { yamlNow } from "./late-yaml.ts";
import { json, type MediaType, yaml } from "./media-types.ts";
import { jsonLine } from "./representation.ts";

/** An answer as bytes or text in an encoding, indented where a person reads it; `type` is what it is in protobuf. */
export function encodeAnswer(
  exchange: Exchange,
  answer: object,
  encoding: MediaType["encoding"],
  type: ProtobufType,
): string | Uint8Array {
  switch (encoding) {
    case json:
      return wantsPretty(exchange) ? encodeJson(withHeldStructs(answer), 2) : jsonLine(answer);
    case yaml:
      return yamlNow().formatYaml(withHeldStructs(answer));
    default:
      return encodeProtobuf(type, answer);
  }
}

/** Whether JSON is to be indented: when the query says so, or when it says nothing and a browser or `curl` asks. */
export function wantsPretty(exchange: Exchange): boolean {
  if (exchange.hasQuery) {
    const wanted = exchange.query.get("pretty");
    if (wanted !== null) return wanted !== "false" && wanted !== "0";
  }
  return /^(?:curl|Wget|Mozilla\/)/.test(exchange.headers["user-agent"] ?? "");
}
