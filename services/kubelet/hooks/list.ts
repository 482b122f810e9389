import { devicesHook } from "../devices/devices-hook.ts";
import { containersHook } from "./containers.ts";
import { ephemeralContainersHook } from "./ephemeral-containers.ts";
import { garbageHook } from "./garbage.ts";
import type { PodHook } from "./hook.ts";
import { hostsFileHook } from "./hosts-file.ts";
import { initContainersHook } from "./init-containers.ts";
import { probesHook } from "./probes.ts";
import { resizeHook } from "./resize.ts";
import { sandboxHook } from "./sandbox.ts";
import { sidecarsHook } from "./sidecars.ts";
import { volumesHook } from "./volumes.ts";

/** The steps from a bound pod to a running one, in order. */
export const podHooks: readonly PodHook[] = [
  garbageHook,
  volumesHook,
  devicesHook,
  sandboxHook,
  hostsFileHook,
  initContainersHook,
  sidecarsHook,
  containersHook,
  resizeHook,
  ephemeralContainersHook,
  probesHook,
];
