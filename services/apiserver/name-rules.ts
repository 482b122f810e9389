import { type ObjectNameRule, subdomainName } from "../../lib/api/names.ts";
import type { ResourceInfo } from "./resource-info.ts";

/** What names of a kind look like. */
export function nameRuleOf(info: ResourceInfo): ObjectNameRule {
  return info.strategy.nameRule ?? subdomainName;
}
