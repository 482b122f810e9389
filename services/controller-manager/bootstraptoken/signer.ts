import { createHmac } from "node:crypto";
import type { ConfigMap } from "../../../gen/typernetes/core/v1/config_map.ts";
import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { bootstrapTokenOf, tokenNamespace } from "./bootstrap-token.ts";

const place = { namespace: "kube-public", name: "cluster-info" };
const signaturePrefix = "jws-kubeconfig-";

/** Signs what joining nodes read of the cluster, `cluster-info`, with each token: so they know that it is true. */
export function createBootstrapSigner(context: ControllerContext): Controller {
  return new BootstrapSigner(context);
}

class BootstrapSigner implements Controller {
  readonly name = "bootstrap-signer-controller";
  readonly workers = 1;
  readonly #context: ControllerContext;
  readonly #secrets: Informer<Secret>;
  readonly #configMaps: Informer<ConfigMap>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#secrets = context.informers.informer(context.client.core.v1.secrets);
    this.#configMaps = context.informers.informer(context.client.core.v1.configmaps);
  }

  setUp(enqueue: Enqueue): void {
    const secretChanged = (secret: Secret) => {
      if (bootstrapTokenOf(secret)) enqueue(place.name);
    };
    this.#secrets.addHandler({
      added: secretChanged,
      updated: (_, after) => secretChanged(after),
      deleted: secretChanged,
    });
    const mapChanged = ({ metadata }: ConfigMap) => {
      if (metadata?.name === place.name && metadata.namespace === place.namespace) enqueue(place.name);
    };
    this.#configMaps.addHandler({ added: mapChanged, updated: (_, after) => mapChanged(after) });
  }

  async reconcile(_key: string, _signal: AbortSignal): Promise<void> {
    const info = this.#configMaps.lister.get(place.namespace, place.name);
    const content = info?.data?.kubeconfig;
    if (!info || content === undefined) return;
    const unsigned = Object.entries(info.data ?? {}).filter(([key]) => !key.startsWith(signaturePrefix));
    const data = { ...Object.fromEntries(unsigned), ...this.#signatures(content) };
    if (deepEqual(data, info.data)) return;
    try {
      await this.#context.client.core.v1.configmaps.update({ ...info, data });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  #signatures(content: string): Record<string, string> {
    const found: Record<string, string> = {};
    for (const secret of this.#secrets.lister.list(tokenNamespace)) {
      const token = bootstrapTokenOf(secret);
      if (!token?.isForSigning || (token.expiresAtMs ?? Number.POSITIVE_INFINITY) <= this.#context.clock.now())
        continue;
      found[signaturePrefix + token.id] = detachedSignature(content, token.id, token.secret);
    }
    return found;
  }
}

/** RFC 7515 with the content left out, as those who check it have it. */
function detachedSignature(content: string, tokenId: string, tokenSecret: string): string {
  const header = Buffer.from(JSON.stringify({ alg: "HS256", kid: tokenId })).toString("base64url");
  const body = Buffer.from(content).toString("base64url");
  const signature = createHmac("sha256", `${tokenId}.${tokenSecret}`).update(`${header}.${body}`).digest("base64url");
  return `${header}..${signature}`;
}
