import type { Environment } from "@marcbachmann/cel-js";

/** What an expression asks an authoriser about. */
export interface AuthorizationQuestion {
  readonly verb: string;
  /** Set for requests that are not of a resource. */
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Who is asked about, where that is not who makes the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

/** What the authoriser says; `error` when it could not say. */
export interface AuthorizationAnswer {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}

/** Answers at once. */
export type Authorize = (question: AuthorizationQuestion) => AuthorizationAnswer;

/** The value of the variable `authorizer`. */
export class CelAuthorizer {
  readonly requestResource: CelCheck;
  readonly authorize: Authorize;
  readonly about: Partial<AuthorizationQuestion>;

  constructor(
    authorize: Authorize,
    requested: Omit<AuthorizationQuestion, "verb">,
    about: Partial<AuthorizationQuestion> = {},
  ) {
    this.authorize = authorize;
    this.about = about;
    this.requestResource = new CelCheck(authorize, { ...requested, ...about });
  }
}

/** A question that is being put together. */
class CelCheck {
  readonly authorize: Authorize;
  readonly about: Partial<AuthorizationQuestion>;

  constructor(authorize: Authorize, about: Partial<AuthorizationQuestion>) {
    this.authorize = authorize;
    this.about = about;
  }

  with(more: Partial<AuthorizationQuestion>): CelCheck {
    return new CelCheck(this.authorize, { ...this.about, ...more });
  }
}

class CelDecision {
  readonly answer: AuthorizationAnswer;

  constructor(answer: AuthorizationAnswer) {
    this.answer = answer;
  }
}

/** `authorizer.group(…).resource(…).check(…)` and the like. */
export function registerAuthorization(environment: Environment): void {
  environment
    .registerType("kubernetes.authorization.ResourceCheck", { ctor: CelCheck, fields: {} })
    .registerType("kubernetes.authorization.Authorizer", {
      ctor: CelAuthorizer,
      fields: { requestResource: "kubernetes.authorization.ResourceCheck" },
    })
    .registerType("kubernetes.authorization.Decision", { ctor: CelDecision, fields: {} });
  const [authorizer, check, decision] = ["Authorizer", "ResourceCheck", "Decision"].map(
    (name) => `kubernetes.authorization.${name}`,
  );
  const begin = ({ authorize, about }: CelAuthorizer, more: Partial<AuthorizationQuestion>) =>
    new CelCheck(authorize, { ...about, ...more });
  environment
    .registerFunction(`${authorizer}.path(string): ${check}`, (it: CelAuthorizer, path: string) => begin(it, { path }))
    .registerFunction(`${authorizer}.group(string): ${check}`, (it: CelAuthorizer, group: string) =>
      begin(it, { group }),
    )
    .registerFunction(
      `${authorizer}.serviceAccount(string, string): ${authorizer}`,
      (it: CelAuthorizer, namespace: string, name: string) =>
        new CelAuthorizer(it.authorize, it.requestResource.about, { serviceAccount: { namespace, name } }),
    )
    .registerFunction(`${check}.check(string): ${decision}`, ({ authorize, about }: CelCheck, verb: string) => {
      return new CelDecision(authorize({ ...about, verb }));
    })
    .registerFunction(`${decision}.allowed(): bool`, ({ answer }: CelDecision) => answer.allowed)
    .registerFunction(`${decision}.reason(): string`, ({ answer }: CelDecision) => answer.reason)
    .registerFunction(`${decision}.errored(): bool`, ({ answer }: CelDecision) => answer.error !== undefined)
    .registerFunction(`${decision}.error(): string`, ({ answer }: CelDecision) => answer.error ?? "");
  for (const field of ["resource", "subresource", "namespace", "name"])
    environment.registerFunction(`${check}.${field}(string): ${check}`, (it: CelCheck, value: string) =>
      it.with({ [field]: value }),
    );
}
