/** Whose identity tokens are taken. */
export interface OidcOptions {
  issuerUrl: string;
  clientId: string;
  /** `sub` when absent. */
  usernameClaim?: string | undefined;
  /** Put before names; the issuer and `#` when absent, unless the claim is `email`; `-` for none. */
  usernamePrefix?: string | undefined;
  groupsClaim?: string | undefined;
  groupsPrefix?: string | undefined;
  /** Claims that have to be there, with these values. */
  requiredClaims?: Readonly<Record<string, string>> | undefined;
  /** Who signed the issuer's certificate, as PEM; the machine's authorities when absent. */
  ca?: string | undefined;
}

/** Who is known and who may do what. */
export interface AuthOptions {
  /** A file of tokens and users. */
  tokenAuthFile?: string | undefined;
  oidc?: OidcOptions | undefined;
  /** Whether clients are let in that show nothing; they are when absent. */
  anonymousAuth?: boolean | undefined;
  /** Issuer of the tokens of service accounts; Kubernetes' default when absent. */
  serviceAccountIssuer?: string | undefined;
  /** Audiences of the API; the issuer when absent. */
  apiAudiences?: readonly string[] | undefined;
  /** Further public keys, as PEM, with which tokens of service accounts may be signed. */
  serviceAccountKeys?: readonly string[] | undefined;
  /** Whether the tokens that pods get by themselves live for a year, for clients that never read them anew; so when absent. */
  extendTokenExpiration?: boolean | undefined;
  /** A kubeconfig of a service that is asked last who may do what. */
  authorizationWebhook?: string | undefined;
}
