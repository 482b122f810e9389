import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";
import type { ServiceAccount } from "../../../gen/typernetes/core/v1/service_account.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";

const type = "kubernetes.io/service-account-token";
const nameAnnotation = "kubernetes.io/service-account.name";
const uidAnnotation = "kubernetes.io/service-account.uid";

/** Fills and removes the secrets that keep tokens of service accounts. The apiserver signs what they lack when they are written. */
export function createTokensController(context: ControllerContext): Controller {
  return new TokensController(context);
}

class TokensController implements Controller {
  readonly name = "serviceaccount-token-controller";
  readonly workers = 2;
  readonly #context: ControllerContext;
  readonly #secrets: Informer<Secret>;
  readonly #accounts: Informer<ServiceAccount>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#secrets = context.informers.informer(context.client.core.v1.secrets);
    this.#accounts = context.informers.informer(context.client.core.v1.serviceaccounts);
  }

  setUp(enqueue: Enqueue): void {
    const changed = (secret: Secret) => {
      if (secret.type === type) enqueue(`${secret.metadata?.namespace}/${secret.metadata?.name}`);
    };
    this.#secrets.addHandler({ added: changed, updated: (_, after) => changed(after) });
    const ofAccount = ({ metadata }: ServiceAccount) => {
      for (const secret of this.#secrets.lister.list(metadata?.namespace)) {
        if (secret.metadata?.annotations?.[nameAnnotation] === metadata?.name) changed(secret);
      }
    };
    this.#accounts.addHandler({ added: ofAccount, deleted: ofAccount });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    const secret = this.#secrets.lister.byKey(key);
    if (!secret || secret.type !== type || secret.metadata?.deletionTimestamp) return;
    if (await this.#hasAccount(secret)) {
      if (!secret.data?.token || !secret.data.namespace) await this.#touch(secret);
      return;
    }
    const { namespace, name = "", uid, resourceVersion } = secret.metadata ?? {};
    const { secrets } = this.#context.client.core.v1;
    try {
      await secrets.delete(name, { namespace, preconditions: { uid, resourceVersion } });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  /** The apiserver is asked before a secret is taken for lost. */
  async #hasAccount({ metadata }: Secret): Promise<boolean> {
    const { namespace = "", annotations = {} } = metadata ?? {};
    const name = annotations[nameAnnotation] ?? "";
    const uid = annotations[uidAnnotation];
    const isIt = (account: ServiceAccount) => !uid || account.metadata?.uid === uid;
    const known = this.#accounts.lister.get(namespace, name);
    if (known && isIt(known)) return true;
    if (!name) return false;
    try {
      return isIt(await this.#context.client.core.v1.serviceaccounts.get(name, { namespace }));
    } catch (error) {
      if (isStatusError(error, "NotFound")) return false;
      throw error;
    }
  }

  /** Any write makes the apiserver fill it. */
  async #touch(secret: Secret): Promise<void> {
    try {
      await this.#context.client.core.v1.secrets.update(secret);
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}
