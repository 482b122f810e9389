import type { CallOrigin, Identity } from "../../../lib/grpc/router.ts";
import type { Caller } from "../core.ts";
import type { FlowListener } from "../fairness/fairness.ts";
import type { Exchange } from "./exchange.ts";

/** Who calls a handler, for the whole of an exchange. What most handlers never ask for is made when they do. */
export class ExchangeCaller implements Caller {
  readonly flow: FlowListener;
  readonly identity: Identity;
  readonly takesCached = true;
  // Others may stand before it, as objects made from it.
  private readonly exchange: Exchange;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
    this.flow = exchange;
    this.identity = exchange.identity;
  }

  get userAgent(): string {
    return this.exchange.headers["user-agent"] ?? "";
  }

  get origin(): CallOrigin {
    return this.exchange.origin;
  }

  get signal(): AbortSignal {
    return this.exchange.signal;
  }

  get warn(): (text: string) => void {
    const { warnings } = this.exchange;
    return (text) => {
      if (!warnings.includes(text)) warnings.push(text);
    };
  }
}
