import type { ConfigMap } from "../../../gen/typernetes/core/v1/config_map.ts";
import type { Namespace } from "../../../gen/typernetes/core/v1/namespace.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { isNamespaceTerminating } from "../failures.ts";

const name = "kube-root-ca.crt";
const description = "The certificate of the authority that vouches for the apiserver, for clients inside the cluster.";
/** Where the apiserver says which authority the cluster has. */
const source = { namespace: "kube-system", name: "extension-apiserver-authentication", key: "client-ca-file" };

/** Keeps the certificate of the cluster's authority in every namespace, for pods that call the apiserver. */
export function createRootCaCertPublisher(context: ControllerContext): Controller {
  return new RootCaCertPublisher(context);
}

class RootCaCertPublisher implements Controller {
  readonly name = "root-ca-certificate-publisher-controller";
  readonly workers = 2;
  readonly #context: ControllerContext;
  readonly #namespaces: Informer<Namespace>;
  readonly #configMaps: Informer<ConfigMap>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#namespaces = context.informers.informer(context.client.core.v1.namespaces);
    this.#configMaps = context.informers.informer(context.client.core.v1.configmaps);
  }

  setUp(enqueue: Enqueue): void {
    const own = (namespace: Namespace) => enqueue(namespace.metadata?.name ?? "");
    this.#namespaces.addHandler({ added: own, updated: (_, after) => own(after) });
    const changed = ({ metadata }: ConfigMap) => {
      if (metadata?.name === name) enqueue(metadata.namespace ?? "");
      if (metadata?.name !== source.name || metadata.namespace !== source.namespace) return;
      for (const namespace of this.#namespaces.lister.list()) own(namespace);
    };
    this.#configMaps.addHandler({ added: changed, updated: (_, after) => changed(after), deleted: changed });
  }

  async reconcile(namespace: string, _signal: AbortSignal): Promise<void> {
    const found = this.#namespaces.lister.byKey(namespace);
    const certificate = this.#configMaps.lister.get(source.namespace, source.name)?.data?.[source.key];
    if (!found || found.metadata?.deletionTimestamp || !certificate) return;
    const held = this.#configMaps.lister.get(namespace, name);
    const data = { "ca.crt": certificate };
    if (held && held.data?.["ca.crt"] === certificate && Object.keys(held.data).length === 1) return;
    const annotations = { "kubernetes.io/description": description };
    const { configmaps } = this.#context.client.core.v1;
    try {
      if (!held) await configmaps.create({ metadata: { namespace, name, annotations }, data });
      else await configmaps.update({ ...held, data });
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists", "NotFound") && !isNamespaceTerminating(error)) throw error;
    }
  }
}
