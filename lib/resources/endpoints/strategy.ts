import type { Endpoints } from "../../../gen/typernetes/core/v1/endpoints.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { someOfMany } from "../some-of-many.ts";
import type { Strategy } from "../strategy.ts";
import { validateEndpoints } from "./validate.ts";

const shownMax = 3;

/** How endpoints behave. */
export const endpoints: Strategy<Endpoints> = {
  schema: schemaOf("", "v1", "endpoints"),
  defaults(object) {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
  },
  validate: validateEndpoints,
  hasGeneration: false,
  selectableFields: {},
  columns: [
    textColumn("Endpoints", "Addresses that are ready, with their ports.", (it) => {
      return someOfMany(readyAddresses(it), shownMax, none);
    }),
    ageColumn,
  ],
};

function readyAddresses(object: Endpoints): string[] {
  return (object.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    const ips = addresses.map((address) => address.ip ?? "");
    if (ports.length === 0) return ips;
    return ports.flatMap(({ port }) => ips.map((ip) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)));
  });
}
