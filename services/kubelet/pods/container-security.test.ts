import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { containerSecurity } from "./container-security.ts";

const image = (user?: number) => ({
  id: "i",
  tags: [],
  digests: [],
  sizeBytes: 0,
  ...(user !== undefined && { user }),
});
const pod = (securityContext: NonNullable<Pod["spec"]>["securityContext"] = {}): Pod => ({
  metadata: { namespace: "default", name: "web", uid: "1" },
  spec: { securityContext },
});
const container = (securityContext: Container["securityContext"]): Container => ({ name: "main", securityContext });

test("a container's own settings go before its pod's", () => {
  const shared = pod({ runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000, supplementalGroups: [3000] });
  const own = container({
    runAsUser: 5,
    capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] },
    allowPrivilegeEscalation: false,
  });
  assert.deepEqual(containerSecurity(shared, own, image(), "/profiles"), {
    privileged: false,
    readOnlyRootFilesystem: false,
    runAsUser: 5,
    runAsGroup: 1000,
    supplementalGroups: [3000, 2000],
    addCapabilities: ["NET_ADMIN"],
    dropCapabilities: ["ALL"],
    noNewPrivileges: true,
    seccompDefault: false,
  });
});

const place = '(pod: "web_default(1)", container: main)';
const refused: [what: string, Container, number | undefined, string | undefined][] = [
  [
    "as root",
    container({ runAsNonRoot: true, runAsUser: 0 }),
    7,
    `container's runAsUser breaks non-root policy ${place}`,
  ],
  [
    "an image of root",
    container({ runAsNonRoot: true }),
    0,
    `container has runAsNonRoot and image will run as root ${place}`,
  ],
  [
    "an image of nobody knows whom",
    container({ runAsNonRoot: true }),
    undefined,
    `container has runAsNonRoot and image will run as root ${place}`,
  ],
  ["an image of a user", container({ runAsNonRoot: true }), 7, undefined],
  ["as a user", container({ runAsNonRoot: true, runAsUser: 7 }), 0, undefined],
  ["where it is not asked for", container({}), 0, undefined],
];

for (const [what, asked, user, message] of refused) {
  test(`not as root: ${what}`, () => {
    const make = () => containerSecurity(pod(), asked, image(user), "/profiles");
    if (message === undefined) assert.doesNotThrow(make);
    else assert.throws(make, { name: "ConfigError", message });
  });
}
