import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { AuthOptions, OidcOptions } from "./auth-options.ts";

/** The flags about who is known and who may do what, as commander reads them. */
export interface AuthFlags {
  tokenAuthFile?: string;
  anonymousAuth?: string;
  serviceAccountIssuer?: string;
  serviceAccountKeyFile?: string[];
  serviceAccountExtendTokenExpiration?: string;
  apiAudiences?: string;
  authorizationWebhookConfigFile?: string;
  oidcIssuerUrl?: string;
  oidcClientId?: string;
  oidcUsernameClaim?: string;
  oidcUsernamePrefix?: string;
  oidcGroupsClaim?: string;
  oidcGroupsPrefix?: string;
  oidcRequiredClaim?: string[];
  oidcCaFile?: string;
}

/** Adds these flags, which are called as Kubernetes calls them. */
export function addAuthFlags(command: Command): Command {
  return command
    .option("--token-auth-file <file>", "lines of token, user, uid and groups")
    .option("--anonymous-auth <true|false>", "whether clients are let in that show nothing", "true")
    .option("--service-account-issuer <url>", "issuer of the tokens of service accounts")
    .option("--service-account-key-file <file...>", "further keys with which such tokens may be signed")
    .option("--service-account-extend-token-expiration <true|false>", "whether pods' tokens hold for a year", "true")
    .option("--api-audiences <names>", "audiences of the API, separated by commas")
    .option("--authorization-webhook-config-file <file>", "kubeconfig of a service that is asked who may do what")
    .option("--oidc-issuer-url <url>", "whose identity tokens are taken")
    .option("--oidc-client-id <id>", "for whom these tokens must be")
    .option("--oidc-username-claim <claim>", "which claim names the user")
    .option("--oidc-username-prefix <prefix>", 'put before names; "-" for none')
    .option("--oidc-groups-claim <claim>", "which claim names the groups")
    .option("--oidc-groups-prefix <prefix>", "put before groups")
    .option("--oidc-required-claim <key=value...>", "claims that must be there")
    .option("--oidc-ca-file <file>", "who signed the issuer's certificate");
}

/** What the flags say. @throws TypeError, and when a file cannot be read. */
export function authOptionsOf(flags: AuthFlags): AuthOptions {
  return {
    tokenAuthFile: flags.tokenAuthFile,
    anonymousAuth: flags.anonymousAuth !== "false",
    serviceAccountIssuer: flags.serviceAccountIssuer,
    serviceAccountKeys: flags.serviceAccountKeyFile?.map((file) => readFileSync(file, "utf8")),
    extendTokenExpiration: flags.serviceAccountExtendTokenExpiration !== "false",
    apiAudiences: flags.apiAudiences?.split(","),
    authorizationWebhook: flags.authorizationWebhookConfigFile,
    oidc: oidcOptionsOf(flags),
  };
}

function oidcOptionsOf(flags: AuthFlags): OidcOptions | undefined {
  const { oidcIssuerUrl: issuerUrl, oidcClientId: clientId } = flags;
  if (!issuerUrl && !clientId) return undefined;
  if (!issuerUrl || !clientId) throw new TypeError("--oidc-issuer-url and --oidc-client-id go together");
  if (!issuerUrl.startsWith("https://")) throw new TypeError("--oidc-issuer-url must begin with https://");
  const required = (flags.oidcRequiredClaim ?? []).map((claim) => {
    const [key = "", ...value] = claim.split("=");
    return [key, value.join("=")] as const;
  });
  return {
    issuerUrl,
    clientId,
    usernameClaim: flags.oidcUsernameClaim,
    usernamePrefix: flags.oidcUsernamePrefix,
    groupsClaim: flags.oidcGroupsClaim,
    groupsPrefix: flags.oidcGroupsPrefix,
    requiredClaims: Object.fromEntries(required),
    ca: flags.oidcCaFile && readFileSync(flags.oidcCaFile, "utf8"),
  };
}
