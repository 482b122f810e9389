import type { Extender as ExtenderSettings } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import { connect } from "../../../lib/grpc/connect.ts";
import type { Extender } from "./extender.ts";
import { createGrpcExtender } from "./grpc-extender.ts";
import { createHttpExtender } from "./http-extender.ts";

const grpcPrefix = /^grpc:\/\/([^/]+:\d+)\/?$/;
const httpPrefix = /^https?:\/\/[^/]+/;

/** The extender that the settings mean. @throws DurationError, and when files that they name are missing */
export function createExtender(settings: ExtenderSettings): Extender {
  const address = grpcPrefix.exec(settings.urlPrefix ?? "")?.[1];
  return address ? createGrpcExtender(settings, connect({ address })) : createHttpExtender(settings);
}

/** Checks what can be checked of extenders before they are asked. @throws TypeError, with the faulty field. */
export function checkExtenders(extenders: readonly ExtenderSettings[]): void {
  for (const [index, { urlPrefix = "", prioritizeVerb, weight = 1 }] of extenders.entries()) {
    if (!grpcPrefix.test(urlPrefix) && !httpPrefix.test(urlPrefix))
      throw new TypeError(`extenders: urlPrefix ${urlPrefix} is not like grpc://host:port or http://host:port/path`);
    if (prioritizeVerb && weight <= 0)
      throw new TypeError(`extenders[${index}].weight: ${weight}: must have a positive weight applied to it`);
  }
  if (extenders.filter(({ bindVerb }) => bindVerb).length > 1)
    throw new TypeError("extenders: found multiple extenders implementing bind");
}
