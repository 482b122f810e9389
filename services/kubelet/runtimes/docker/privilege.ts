import { readdirSync, readFileSync } from "node:fs";
import type { HostConfig } from "dockerode";

/** Linux' capabilities by number, as far as every supported Docker knows them. */
const capabilities = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN " +
  "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE " +
  "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ"
).split(" ");

/** The capabilities that this machine can give away; undefined when that is all of them. Docker is taken to hold the same. */
export function limitedCapabilities(): string[] | undefined {
  const line = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"));
  const held = BigInt(`0x${line?.[1] ?? "0"}`);
  const limited = capabilities.filter((_name, number) => (held >> BigInt(number)) & 1n);
  return limited.length === capabilities.length ? undefined : limited;
}

/** Adds capabilities; `ALL` is what the machine has, as asking Docker for more fails the start. */
export function addedCapabilities(add: string[], limited: string[] | undefined): string[] {
  const everything = limited !== undefined && add.some((name) => name.toUpperCase() === "ALL");
  return everything ? limited : add;
}

/** Every container has these of its own: terminals that come and go, and what is no device. */
const ownOfContainers = new Set(["pts", "shm", "mqueue", "fd", "console"]);

/** The device files in a folder and below it, without those that no container is given. */
export function deviceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (ownOfContainers.has(entry.name) || entry.name.startsWith(".")) return [];
    if (entry.isDirectory()) return deviceFiles(path);
    return entry.isCharacterDevice() || entry.isBlockDevice() ? [path] : [];
  });
}

/**
 * Docker's options for a privileged container. Docker's own switch wants every capability there is; where the machine
 * lacks one, the same is put together from parts.
 */
export function privilegedOptions(limited: string[] | undefined): HostConfig {
  if (limited === undefined) return { Privileged: true };
  return {
    CapAdd: limited,
    SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined", "label=disable"],
    MaskedPaths: [],
    ReadonlyPaths: [],
    Devices: deviceFiles("/dev").map((path) => ({
      PathOnHost: path,
      PathInContainer: path,
      CgroupPermissions: "rwm",
    })),
    DeviceCgroupRules: ["a *:* rwm"],
    Mounts: [{ Type: "bind", Source: "/sys", Target: "/sys" }],
  };
}
