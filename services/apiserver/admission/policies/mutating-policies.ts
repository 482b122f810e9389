import { clonePlain } from "../../../../lib/base/plain-data.ts";
import { isStatusError, StatusError } from "../../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "../admission.ts";
import { authorizerFor } from "../expressions/authorizer.ts";
import { Reinvocations } from "../reinvocations.ts";
import { isExempt } from "../webhooks/hooks.ts";
import { replaceContents } from "../webhooks/replace-contents.ts";
import { showRequest } from "../webhooks/review-request.ts";
import { namespaceNamed } from "../webhooks/selectors.ts";
import { type AdmissionVersion, versionsOf } from "../webhooks/versions.ts";
import type { Binding } from "./bound-policies.ts";
import { evaluationOf, type Surroundings } from "./evaluation.ts";
import { matchedVersion } from "./match-resources.ts";
import { mutated } from "./mutate.ts";
import { mutatingPolicySource, type PreparedMutatingPolicy, type PreparedMutation } from "./mutating-source.ts";
import { paramsOf } from "./policy-params.ts";

/** A policy that is to change an object, by one of its bindings and with one of its parameters. */
interface Invocation {
  readonly policy: PreparedMutatingPolicy;
  readonly binding: Binding;
  readonly params: ApiObject | null;
  readonly version: AdmissionVersion;
}

/** What keeps a policy from doing its work. */
interface Fault {
  readonly policy: PreparedMutatingPolicy;
  readonly binding: Binding;
  readonly message: string;
  readonly reason: "Forbidden" | "Invalid";
}

/** Policies change objects by expressions, before webhooks do. */
export const mutatingPolicies: AdmissionPluginFactory = (context) => {
  const policies = mutatingPolicySource(context);
  const progress = new WeakMap<AdmissionRequest, Reinvocations>();
  return {
    name: "MutatingAdmissionPolicy",
    admit(request) {
      if (isExempt(request)) return;
      const all = policies();
      if (all.length === 0) return;
      const reinvocations = progress.get(request) ?? new Reinvocations();
      progress.set(request, reinvocations);
      return new Mutator(context, request, reinvocations).run(all);
    },
  };
};

class Mutator {
  readonly #context: AdmissionContext;
  readonly #request: AdmissionRequest;
  readonly #reinvocations: Reinvocations;
  readonly #faults: Fault[] = [];

  constructor(context: AdmissionContext, request: AdmissionRequest, reinvocations: Reinvocations) {
    this.#context = context;
    this.#request = request;
    this.#reinvocations = reinvocations;
  }

  /** @throws StatusError when a policy that has to succeed does not. */
  async run(policies: readonly PreparedMutatingPolicy[]): Promise<void> {
    const versions = versionsOf(this.#context, this.#request);
    // Which policies apply is settled before the first of them changes anything.
    const invocations: Invocation[] = [];
    for (const policy of policies) invocations.push(...(await this.#invocationsOf(policy, versions)));
    this.#reinvocations.begin(this.#request.object, this.#isAgain);
    for (const invocation of invocations) await this.#invoke(invocation, versions[0]);
    if (this.#request.object) this.#reinvocations.end(clonePlain(this.#request.object));
    const refusal = this.#refusal();
    if (refusal) throw refusal;
  }

  get #isAgain(): boolean {
    return this.#request.pass?.isSecond ?? false;
  }

  async #invocationsOf(policy: PreparedMutatingPolicy, versions: readonly AdmissionVersion[]): Promise<Invocation[]> {
    const version = matchedVersion(this.#context, this.#request, policy.match, versions);
    if (!version) return [];
    const found: Invocation[] = [];
    for (const { binding, match } of policy.bindings) {
      if (match && !matchedVersion(this.#context, this.#request, match, versions)) continue;
      const { paramKind } = policy.policy.spec ?? {};
      try {
        const all = await paramsOf(this.#context, paramKind, binding.spec?.paramRef, this.#request.namespace);
        for (const params of all) found.push({ policy, binding, params, version });
      } catch (error) {
        this.#faults.push({ policy, binding, message: messageOf(error), reason: "Forbidden" });
      }
    }
    return found;
  }

  async #invoke(invocation: Invocation, asked: AdmissionVersion | undefined): Promise<void> {
    const { policy, binding, params, version } = invocation;
    const { namespace = "", name = "" } = params?.metadata ?? {};
    const key = `${policy.name}/${binding.metadata?.name}/${namespace}/${name}`;
    if (!asked || !version.read || !this.#request.object) return;
    if (this.#isAgain && !this.#reinvocations.isDue(key)) return;
    const authorizer = authorizerFor(this.#context, this.#request);
    const surroundings = { params, authorizer, namespaceObject: this.#namespaceObject() };
    let hasChanged = false;
    try {
      const shown = await showRequest(this.#request, version, asked);
      if (!policy.conditions.hold(shown, authorizer, params)) return;
    } catch (error) {
      this.#faults.push({ policy, binding, message: messageOf(error), reason: "Invalid" });
      return;
    }
    for (const mutation of policy.mutations) {
      try {
        if (await this.#mutate(invocation, asked, mutation, surroundings)) hasChanged = true;
      } catch (error) {
        if (isStatusError(error)) throw error;
        this.#faults.push({ policy, binding, message: messageOf(error), reason: "Invalid" });
      }
    }
    if (hasChanged) {
      this.#reinvocations.changed();
      if (this.#request.pass) this.#request.pass.mustRunAgain = true;
    }
    if (policy.policy.spec?.reinvocationPolicy === "IfNeeded") this.#reinvocations.invoked(key);
  }

  /** Whether the object has changed. */
  async #mutate(
    { policy, version }: Invocation,
    asked: AdmissionVersion,
    mutation: PreparedMutation,
    surroundings: Surroundings,
  ): Promise<boolean> {
    const request = this.#request;
    const shown = await showRequest(request, version, asked);
    if (!request.object || !shown.object || !version.read) return false;
    const made = evaluated(mutation, evaluationOf(policy.variables, shown, surroundings));
    const wanted = mutated(request, version, mutation, shown.object, made);
    return replaceContents(request, await read(version.read, wanted, request.object, mutation));
  }

  #namespaceObject(): ApiObject | undefined {
    const { namespace, info } = this.#request;
    return namespace && info.groupResource !== "namespaces" ? namespaceNamed(this.#context, namespace) : undefined;
  }

  /** The refusal that the first fault brings which may not be ignored; the others are causes of it. */
  #refusal(): StatusError | undefined {
    const faults = this.#faults.filter(({ policy }) => policy.policy.spec?.failurePolicy !== "Ignore");
    const [first] = faults;
    if (!first) return undefined;
    const { info, name } = this.#request;
    const messages = faults.map(
      ({ policy, binding, message }) =>
        `policy '${policy.name}' with binding '${binding.metadata?.name}' denied request: ${message}`,
    );
    const { group, plural: kind } = info.schema;
    const details = { ...(name && { name }), ...(group && { group }), kind };
    const causes = messages.map((message) => ({ message }));
    return new StatusError(first.reason, messages[0] ?? "", { ...details, causes }, { code: 403 });
  }
}

/** The object that a mutation has made, as it is kept. @throws Error when it is no object of its kind. */
async function read(
  how: NonNullable<AdmissionVersion["read"]>,
  wanted: unknown,
  current: ApiObject,
  { patchType }: PreparedMutation,
): Promise<ApiObject> {
  try {
    return await how(wanted, current);
  } catch (error) {
    const text = messageOf(error);
    if (patchType === "JSONPatch")
      throw new StatusError("InternalError", `Internal error occurred: ${text}`, {}, { cause: error });
    throw new Error(`error applying patch: failed to convert typed object to object: ${text}`, { cause: error });
  }
}

function evaluated({ source, expression }: PreparedMutation, run: ReturnType<typeof evaluationOf>): unknown {
  if ("error" in expression) throw expression.error;
  try {
    return run(expression);
  } catch (error) {
    throw new Error(`expression '${source}' resulted in error: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
