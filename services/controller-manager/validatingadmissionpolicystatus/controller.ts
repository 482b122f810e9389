import type { ValidatingAdmissionPolicy } from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { policyWarnings } from "./policy-warnings.ts";

/** Says in the status of each policy what is wrong with its expressions. */
export function createValidatingAdmissionPolicyStatusController(context: ControllerContext): Controller {
  return new PolicyStatusController(context);
}

class PolicyStatusController implements Controller {
  readonly name = "validatingadmissionpolicy-status-controller";
  readonly workers = 2;
  readonly #context: ControllerContext;
  readonly #policies: Informer<ValidatingAdmissionPolicy>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#policies = context.informers.informer(context.client.admissionregistration.v1.validatingadmissionpolicies);
  }

  setUp(enqueue: Enqueue): void {
    const changed = ({ metadata }: ValidatingAdmissionPolicy) => enqueue(metadata?.name ?? "");
    this.#policies.addHandler({ added: changed, updated: (_, policy) => changed(policy) });
  }

  async reconcile(name: string, _signal: AbortSignal): Promise<void> {
    const policy = this.#policies.lister.byKey(name);
    const { generation, deletionTimestamp } = policy?.metadata ?? {};
    if (!policy || deletionTimestamp || policy.status?.observedGeneration === generation) return;
    const expressionWarnings = await policyWarnings(policy);
    const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {};
    const status = { ...policy.status, observedGeneration: generation, typeChecking };
    try {
      await this.#context.client.admissionregistration.v1.validatingadmissionpolicies.updateStatus({
        ...policy,
        status,
      });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}
