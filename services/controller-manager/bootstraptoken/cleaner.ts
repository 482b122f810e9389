import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { bootstrapTokenOf, tokenNamespace } from "./bootstrap-token.ts";

/** Removes the tokens with which nodes join when their time is over. */
export function createTokenCleaner(context: ControllerContext): Controller {
  return new TokenCleaner(context);
}

class TokenCleaner implements Controller {
  readonly name = "token-cleaner-controller";
  readonly workers = 1;
  readonly #context: ControllerContext;
  readonly #secrets: Informer<Secret>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#secrets = context.informers.informer(context.client.core.v1.secrets);
  }

  setUp(enqueue: Enqueue): void {
    const changed = (secret: Secret) => {
      if (bootstrapTokenOf(secret)) enqueue(secret.metadata?.name ?? "");
    };
    this.#secrets.addHandler({ added: changed, updated: (_, after) => changed(after) });
  }

  async reconcile(name: string, _signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const secret = this.#secrets.lister.get(tokenNamespace, name);
    const expiresAtMs = secret && bootstrapTokenOf(secret)?.expiresAtMs;
    if (!secret || expiresAtMs === undefined) return undefined;
    const waitMs = expiresAtMs - this.#context.clock.now();
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    try {
      const preconditions = { uid: secret.metadata?.uid };
      await this.#context.client.core.v1.secrets.delete(name, { namespace: tokenNamespace, preconditions });
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
    return undefined;
  }
}
