import type { EndpointPort, EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { someOfMany } from "../some-of-many.ts";
import type { Strategy } from "../strategy.ts";
import { validateEndpointSlice } from "./validate.ts";

const shownMax = 3;
const unset = "<unset>";

/** How endpoint slices behave. */
export const endpointSlice: Strategy<EndpointSlice> = {
  schema: schemaOf("discovery.k8s.io", "v1", "endpointslices"),
  defaults(object) {
    for (const port of object.ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  validate: validateEndpointSlice,
  validateUpdate(object, old, errors) {
    validateImmutable(object.addressType, old.addressType, "addressType", errors);
  },
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("AddressType", "What sort of addresses the slice holds.", (it) => it.addressType ?? ""),
    textColumn("Ports", "Ports of the endpoints.", (it) =>
      someOfMany((it.ports ?? []).map(shownPort), shownMax, unset),
    ),
    textColumn("Endpoints", "Addresses of the endpoints.", (it) => {
      const addresses = (it.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []);
      return someOfMany(addresses, shownMax, unset);
    }),
    ageColumn,
  ],
};

function shownPort({ port, name }: EndpointPort): string {
  return port !== undefined ? String(port) : name || "*";
}
