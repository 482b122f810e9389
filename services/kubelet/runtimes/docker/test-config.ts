import { randomBytes } from "node:crypto";
import type { ContainerConfig, SandboxConfig } from "../runtime.ts";
import { testImage } from "./test-image.ts";

/** A sandbox as the kubelet asks for it, unless `changes` say otherwise. */
export function sandboxConfig(changes: Partial<SandboxConfig> = {}): SandboxConfig {
  const uid = randomBytes(8).toString("hex");
  const pod = { namespace: "default", name: `pod-${uid}`, uid };
  return { pod, attempt: 0, hostname: "web-0", hostNetwork: false, portMappings: [], labels: {}, ...changes };
}

/** A container that runs `script` in a shell, unless `changes` say otherwise. */
export function containerConfig(script: string, changes: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    name: "main",
    attempt: 0,
    image: testImage,
    command: ["sh", "-c", script],
    env: [],
    mounts: [],
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: {},
    security: {
      privileged: false,
      readOnlyRootFilesystem: false,
      supplementalGroups: [],
      addCapabilities: [],
      dropCapabilities: [],
      noNewPrivileges: false,
    },
    labels: {},
    ...changes,
  };
}
