import { constants } from "node:os";

/** Of those that have no name of their own; the C library keeps two for itself. */
const [realTimeMin, realTimeMax] = [34, 64];

/** A signal as images and pods name it: `SIGQUIT`, `QUIT`, `SIGRTMIN+3` or a number; SIGTERM when it is none of them. */
export function signalNumber(signal: string): number {
  const name = signal.startsWith("SIG") ? signal : `SIG${signal}`;
  const known = Object.entries(constants.signals).find(([key]) => key === name)?.[1];
  return known ?? realTimeSignal(name) ?? (Number(signal) || constants.signals.SIGTERM);
}

function realTimeSignal(name: string): number | undefined {
  const [, end, distance = "0"] = /^SIGRT(MIN|MAX)([+-]\d+)?$/.exec(name) ?? [];
  if (end === undefined) return undefined;
  return (end === "MIN" ? realTimeMin : realTimeMax) + Number(distance);
}
