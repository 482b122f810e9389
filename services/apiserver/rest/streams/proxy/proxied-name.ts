import { badRequest } from "../../../errors.ts";

/** What the name in a proxy's path says: `name`, `name:port` or `scheme:name:port`. */
export interface ProxiedName {
  readonly scheme: "http" | "https";
  readonly name: string;
  /** A number or a name; empty: the default. */
  readonly port: string;
}

/** @throws StatusError BadRequest */
export function proxiedName(text: string, kind: string): ProxiedName {
  const parts = text.split(":");
  const [scheme = "", name = "", port = ""] = parts.length === 3 ? parts : ["", ...parts];
  const isScheme = scheme === "" || scheme === "http" || scheme === "https";
  if (parts.length > 3 || !isScheme || !name) throw badRequest(`invalid ${kind} request ${JSON.stringify(text)}`);
  return { scheme: scheme || "http", name, port };
}
