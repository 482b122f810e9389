import { Environment } from "@marcbachmann/cel-js";
import { registerAddresses } from "./functions/addresses.ts";
import { registerAuthorization } from "./functions/authorization.ts";
import { registerFormats } from "./functions/formats.ts";
import { registerJsonPatch } from "./functions/json-patch.ts";
import { registerLists } from "./functions/lists.ts";
import { registerOptionalParts } from "./functions/messages.ts";
import { registerOptionals } from "./functions/optionals.ts";
import { registerPatterns } from "./functions/patterns.ts";
import { registerQuantities } from "./functions/quantities.ts";
import { registerStrings } from "./functions/strings.ts";
import { registerTwoVariables } from "./functions/two-variables.ts";
import { registerUrls } from "./functions/urls.ts";
import { registerVersions } from "./functions/versions.ts";

/** More than there is room for in any expression. */
const elementsMax = 100_000;

let base: Environment | undefined;

/** A new environment with the functions that Kubernetes offers. */
export function celEnvironment(): Environment {
  base ??= baseEnvironment();
  return base.clone();
}

function baseEnvironment(): Environment {
  const limits = { maxListElements: elementsMax, maxMapEntries: elementsMax };
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false, limits });
  for (const register of [
    registerStrings,
    registerPatterns,
    registerLists,
    registerUrls,
    registerQuantities,
    registerAddresses,
    registerFormats,
    registerVersions,
    registerOptionals,
    registerOptionalParts,
    registerJsonPatch,
    registerTwoVariables,
    registerAuthorization,
  ])
    register(environment);
  return environment;
}
