import type { Namespace } from "../../../gen/typernetes/core/v1/namespace.ts";
import type { ServiceAccount } from "../../../gen/typernetes/core/v1/service_account.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { isNamespaceTerminating } from "../failures.ts";

const accountName = "default";

/** Gives every active namespace its `default` service account. */
export function createServiceAccountController(context: ControllerContext): Controller {
  return new ServiceAccountController(context);
}

class ServiceAccountController implements Controller {
  readonly name = "serviceaccount-controller";
  readonly workers = 2;
  readonly #context: ControllerContext;
  readonly #namespaces: Informer<Namespace>;
  readonly #accounts: Informer<ServiceAccount>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#namespaces = context.informers.informer(context.client.core.v1.namespaces);
    this.#accounts = context.informers.informer(context.client.core.v1.serviceaccounts);
  }

  setUp(enqueue: Enqueue): void {
    const own = (namespace: Namespace) => enqueue(namespace.metadata?.name ?? "");
    this.#namespaces.addHandler({ added: own, updated: (_, after) => own(after) });
    this.#accounts.addHandler({
      deleted: (account) => {
        if (account.metadata?.name === accountName) enqueue(account.metadata.namespace ?? "");
      },
    });
  }

  async reconcile(name: string, _signal: AbortSignal): Promise<void> {
    const namespace = this.#namespaces.lister.byKey(name);
    if (!namespace || namespace.metadata?.deletionTimestamp || this.#accounts.lister.get(name, accountName)) return;
    try {
      await this.#context.client.core.v1.serviceaccounts.create({
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { namespace: name, name: accountName },
      });
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists", "NotFound") && !isNamespaceTerminating(error)) throw error;
    }
  }
}
