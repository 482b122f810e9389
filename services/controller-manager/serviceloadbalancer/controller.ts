import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { poolAddresses } from "./address-pool.ts";

/** Gives services of type LoadBalancer addresses from a pool; does nothing where the pool is empty. */
export function createServiceLoadBalancerController(context: ControllerContext, pool: string): Controller {
  return new ServiceLoadBalancerController(context, poolAddresses(pool));
}

class ServiceLoadBalancerController implements Controller {
  readonly name = "service-lb-controller";
  /** One address must not be given twice. */
  readonly workers = 1;
  readonly #context: ControllerContext;
  readonly #pool: readonly string[];
  readonly #services: Informer<Service>;
  /** Which service has which address, what the cache does not show yet included. */
  readonly #taken = new Map<string, string>();

  constructor(context: ControllerContext, pool: readonly string[]) {
    this.#context = context;
    this.#pool = pool;
    this.#services = context.informers.informer(context.client.core.v1.services);
  }

  setUp(enqueue: Enqueue): void {
    if (this.#pool.length === 0) return;
    const own = (service: Service) => {
      for (const ip of addressesOf(service)) if (isOurs(service)) this.#taken.set(ip, objectKey(service));
      enqueue(objectKey(service));
    };
    this.#services.addHandler({
      added: own,
      updated: (_, after) => own(after),
      deleted: (service) => {
        this.#free(objectKey(service));
        for (const other of this.#services.lister.list())
          if (isOurs(other) && addressesOf(other).length === 0) enqueue(objectKey(other));
      },
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    const service = this.#services.lister.byKey(key);
    if (!service || service.metadata?.deletionTimestamp) return;
    if (isOurs(service)) await this.#give(service);
    else if (service.spec?.type !== "LoadBalancer" && addressesOf(service).length > 0) {
      await this.#write(service, []);
      this.#free(key);
    }
  }

  async #give(service: Service): Promise<void> {
    const key = objectKey(service);
    const { recorder } = this.#context;
    const wished = service.spec?.loadBalancerIP;
    const present = addressesOf(service).filter((ip) => this.#pool.includes(ip));
    const isFree = (ip: string) => (this.#taken.get(ip) ?? key) === key;
    const candidates = wished ? [wished].filter((ip) => this.#pool.includes(ip)) : [...present, ...this.#pool];
    const ips = familiesOf(service)
      .map((family) => candidates.find((ip) => familyOf(ip) === family && isFree(ip)))
      .filter((ip) => ip !== undefined);
    if (ips.length > 0 && ips.join() === present.join()) return;
    if (ips.length === 0) {
      const why = wished ? `address ${wished} is not free` : "no address is free";
      const message = `Error syncing load balancer: failed to ensure load balancer: ${why}`;
      recorder.event(service, "Warning", "SyncLoadBalancerFailed", message);
      return;
    }
    this.#free(key);
    for (const ip of ips) this.#taken.set(ip, key);
    recorder.event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
    await this.#write(
      service,
      ips.map((ip) => ({ ip, ipMode: "VIP" })),
    );
    recorder.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
  }

  #free(key: string): void {
    for (const [ip, holder] of this.#taken) if (holder === key) this.#taken.delete(ip);
  }

  async #write(service: Service, ingress: { ip: string; ipMode: string }[]): Promise<void> {
    const loadBalancer = ingress.length > 0 ? { ingress } : {};
    if (deepEqual(service.status?.loadBalancer, loadBalancer)) return;
    try {
      await this.#context.client.core.v1.services.updateStatus({
        ...service,
        status: { ...service.status, loadBalancer },
      });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

/** Services with a class are somebody else's. */
function isOurs({ spec }: Service): boolean {
  return spec?.type === "LoadBalancer" && !spec.loadBalancerClass;
}

/** The first family comes first; one that the pool does not have gets no address. */
function familiesOf({ spec }: Service): string[] {
  return spec?.ipFamilies?.length ? spec.ipFamilies : ["IPv4"];
}

function familyOf(ip: string): string {
  return ip.includes(":") ? "IPv6" : "IPv4";
}

function addressesOf({ status }: Service): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
}
