import type { IPAddress } from "../../../gen/typernetes/networking/v1/ip_address.ts";
import type { ServiceCIDR } from "../../../gen/typernetes/networking/v1/service_cidr.ts";
import { findCondition, withCondition } from "../../../lib/api/conditions.ts";
import { parseAddress, parseRange, rangeContains } from "../../../lib/api/ip-address.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";

const finalizer = "networking.k8s.io/service-cidr-finalizer";
const managedAddresses = "ipaddress.kubernetes.io/managed-by=ipallocator.k8s.io";
/** By then every apiserver knows that no address is to be given out from a range that goes. */
const deletionGraceMs = 10_000;
const recheckMs = 2_000;

const ready = { type: "Ready", status: "True", reason: "", message: "Kubernetes Service CIDR is ready" };
const terminating = {
  type: "Ready",
  status: "False",
  reason: "Terminating",
  message: "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
};

/** Calls ranges of service addresses ready, and keeps them while services have addresses that no other range has. */
export function createServiceCidrController(context: ControllerContext): Controller {
  return new ServiceCidrController(context);
}

class ServiceCidrController implements Controller {
  readonly name = "service-cidr-controller";
  readonly #context: ControllerContext;
  readonly #ranges: Informer<ServiceCIDR>;
  /** Since when each range, by its uid, is known to go. */
  readonly #goingSince = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#ranges = context.informers.informer(context.client.networking.v1.servicecidrs);
  }

  setUp(enqueue: Enqueue): void {
    const own = (range: ServiceCIDR) => enqueue(objectKey(range));
    const all = () => this.#ranges.lister.list().forEach(own);
    this.#ranges.addHandler({
      // A new range may have what another one that goes is kept for.
      added: all,
      updated: (_, after) => own(after),
      deleted: (range) => void this.#goingSince.delete(range.metadata?.uid ?? ""),
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const range = this.#ranges.lister.byKey(key);
    if (!range) return;
    if (range.metadata?.deletionTimestamp) return this.#letGo(range);
    const { finalizers = [] } = range.metadata ?? {};
    if (!finalizers.includes(finalizer)) await this.#setFinalizers(range, [...finalizers, finalizer]);
    // The default range is called ready by the apiserver, in words of its own.
    else if (findCondition(range.status?.conditions, "Ready")?.status !== "True") await this.#say(range, ready);
  }

  async #letGo(range: ServiceCIDR): Promise<ReconcileResult | void> {
    const { finalizers = [], uid = "" } = range.metadata ?? {};
    if (!finalizers.includes(finalizer)) return;
    const now = this.#context.clock.now();
    const since = this.#goingSince.get(uid) ?? now;
    this.#goingSince.set(uid, since);
    if (await this.#isNeeded(range)) {
      await this.#say(range, terminating);
      return { requeueAfterMs: recheckMs };
    }
    const leftMs = since + deletionGraceMs - now;
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    await this.#setFinalizers(
      range,
      finalizers.filter((other) => other !== finalizer),
    );
  }

  /** Whether a service has an address of this range that no range has which stays. */
  async #isNeeded(range: ServiceCIDR): Promise<boolean> {
    const staying = this.#ranges.lister.list().filter(({ metadata }) => !metadata?.deletionTimestamp);
    const { ipaddresses } = this.#context.client.networking.v1;
    const { items } = await ipaddresses.list({ labelSelector: managedAddresses });
    return items.some((address) => has(range, address) && !staying.some((other) => has(other, address)));
  }

  async #setFinalizers(range: ServiceCIDR, finalizers: string[]): Promise<void> {
    const metadata = { ...range.metadata, finalizers };
    await unlessGone(this.#context.client.networking.v1.servicecidrs.update({ ...range, metadata }));
  }

  async #say(range: ServiceCIDR, condition: typeof ready): Promise<void> {
    const { client, clock, recorder } = this.#context;
    const before = range.status?.conditions ?? [];
    const conditions = withCondition(before, condition, rfc3339(clock.now()));
    if (conditions === before) return;
    try {
      const status = { conditions: [...conditions] };
      await unlessGone(client.networking.v1.servicecidrs.updateStatus({ ...range, status }));
    } catch (error) {
      const message = `The ServiceCIDR Status can not be set to Ready=${condition.status}`;
      if (!isStatusError(error, "Conflict")) recorder.event(range, "Warning", "KubernetesServiceCIDRError", message);
      throw error;
    }
  }
}

function has({ spec }: ServiceCIDR, { metadata }: IPAddress): boolean {
  const address = parseAddress(metadata?.name ?? "");
  const ranges = (spec?.cidrs ?? []).map(parseRange);
  return address !== undefined && ranges.some((range) => range !== undefined && rangeContains(range, address));
}

async function unlessGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isStatusError(error, "NotFound")) throw error;
  }
}
