import { ProxyServiceDefinition } from "../../gen/typernetes/proxy/v1/proxy.ts";
import { SchedulerServiceDefinition } from "../../gen/typernetes/scheduler/v1/scheduler.ts";
import { StatusError } from "../../lib/base/status-error.ts";
import type { MethodDefinition, ServiceDefinition } from "../../lib/grpc/method.ts";
import { type CallContext, EncodedMessage, invokeUnary, Router, routePath } from "../../lib/grpc/router.ts";

/** What the scheduler and the first proxy offer, served by the apiserver's door; from the start, whether they run yet or not. */
export class ComponentRoutes {
  readonly router: Router;
  scheduler: Router | undefined;
  proxy: Router | undefined;

  constructor() {
    const scheduler = SchedulerServiceDefinition;
    const proxy = ProxyServiceDefinition;
    this.router = new Router()
      .add(scheduler, { explain: this.#forward(() => this.scheduler, scheduler, scheduler.methods.explain) })
      .add(proxy, {
        getTable: this.#forward(() => this.proxy, proxy, proxy.methods.getTable),
        resolve: this.#forward(() => this.proxy, proxy, proxy.methods.resolve),
      });
  }

  #forward<Req, Res>(
    target: () => Router | undefined,
    service: ServiceDefinition,
    method: MethodDefinition<Req, Res>,
  ): (request: Req, context: CallContext) => Promise<Res> {
    return async (request, context) => {
      if (!context.identity.groups.includes("system:masters"))
        throw new StatusError("Forbidden", `User "${context.identity.user}" cannot use ${service.fullName}`);
      const route = target()?.find(routePath(service, method));
      if (!route) throw new StatusError("ServiceUnavailable", `${service.fullName} does not run in this process`);
      const answer = await invokeUnary<Res>(route, request, context);
      return answer instanceof EncodedMessage ? answer.value : answer;
    };
  }
}
