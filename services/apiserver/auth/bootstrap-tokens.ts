import { timingSafeEqual } from "node:crypto";
import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import type { Authenticator } from "./authenticator.ts";

const form = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Nodes that join, with a token whose secret is in `kube-system`. */
export function bootstrapTokens(cache: WatchCache, secrets: ResourceInfo, clock: Clock): Authenticator {
  return {
    name: "bootstrap token",
    authenticate({ bearerToken = "" }) {
      const [, id, proof] = form.exec(bearerToken) ?? [];
      if (!id || !proof) return undefined;
      const kept = cache.cacheOf(secrets);
      const entry = kept.get(storeKey(secrets, "kube-system", `bootstrap-token-${id}`));
      const secret: Secret | undefined = entry && kept.decode(entry);
      if (!secret || !isGood(secret, id, proof, clock)) return undefined;
      const further = textOf(secret, "auth-extra-groups")
        .split(",")
        .filter((group) => groupForm.test(group));
      return {
        user: `system:bootstrap:${id}`,
        groups: ["system:bootstrappers", ...further, "system:authenticated"],
      };
    },
  };
}

function isGood(secret: Secret, id: string, proof: string, clock: Clock): boolean {
  if (secret.type !== "bootstrap.kubernetes.io/token" || secret.metadata?.deletionTimestamp) return false;
  if (textOf(secret, "token-id") !== id || textOf(secret, "usage-bootstrap-authentication") !== "true") return false;
  const kept = Buffer.from(textOf(secret, "token-secret"));
  const shown = Buffer.from(proof);
  if (kept.length !== shown.length || !timingSafeEqual(kept, shown)) return false;
  const expiration = textOf(secret, "expiration");
  return !expiration || Date.parse(expiration) > clock.now();
}

function textOf({ data }: Secret, key: string): string {
  return Buffer.from(data?.[key] ?? "", "base64").toString();
}
