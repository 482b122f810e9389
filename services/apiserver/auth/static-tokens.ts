import { readFileSync } from "node:fs";
import type { Identity } from "../../../lib/grpc/router.ts";
import type { Authenticator } from "./authenticator.ts";

/** Clients with a token of a file: lines of token, user, uid and, optionally, groups in quotes. @throws when it cannot be read. */
export function staticTokens(path: string): Authenticator {
  const identities = new Map<string, Identity>();
  for (const [index, line] of readFileSync(path, "utf8").split("\n").entries()) {
    if (!line.trim()) continue;
    const [token, user, uid, groups] = fieldsOf(line);
    if (!token || !user || uid === undefined) {
      throw new Error(`${path}:${index + 1}: a line has at least a token, a user and a uid`);
    }
    const all = (groups ?? "").split(",").map((group) => group.trim());
    identities.set(token, { user, uid, groups: [...all.filter(Boolean), "system:authenticated"] });
  }
  return {
    name: "static token file",
    authenticate: ({ bearerToken }) => (bearerToken === undefined ? undefined : identities.get(bearerToken)),
  };
}

/** The fields of a line of comma-separated values; quotes keep commas. */
function fieldsOf(line: string): string[] {
  const fields = line.trim().matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...fields].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain?.trim() ?? "");
}
