/**
 * The container runtime contract: the verbs of the container runtime interface (CRI), as the kubelet needs them.
 *
 * A runtime keeps its state outside the kubelet's process: a new kubelet on the same node finds every sandbox and
 * container again, still running, with exit codes and logs of what ended meanwhile. Every verb is idempotent where CRI's
 * is (stop and remove of what is gone succeed). Identifiers are the runtime's own. `conformance.ts` tests this contract.
 */
export interface Runtime {
  /** As in `node.status.nodeInfo.containerRuntimeVersion` before the colon: `process`, `docker`, … */
  readonly name: string;

  /** True when containers are only played: there is nobody to probe, so that probes succeed. */
  readonly isHollow?: boolean;

  /** True when a container can be kept out of the groups that its image gives its user. */
  readonly namesGroups?: boolean;

  /** True when pods may have users of their own (`userNamespace`). */
  readonly mapsUsers?: boolean;

  version(): Promise<string>;

  /** Undefined when ready, else why not, in one line with the next step. */
  problem(): Promise<string | undefined>;

  /** Makes the pod's isolation (namespaces, cgroup, network) and answers the sandbox's id. */
  runSandbox(config: SandboxConfig): Promise<string>;
  /** Kills what runs in the sandbox and gives its address back. */
  stopSandbox(sandboxId: string): Promise<void>;
  /** Removes the sandbox with its containers. */
  removeSandbox(sandboxId: string): Promise<void>;
  /** This node's sandboxes, newest first. */
  listSandboxes(): Promise<SandboxStatus[]>;

  /** The path of the sandbox's network namespace; undefined when that is this process's own. @throws RuntimeError `NotFound`. */
  networkNamespace(sandboxId: string): Promise<string | undefined>;

  /** Makes a container that is not yet started. @throws RuntimeError `ImageNotFound`, `InvalidConfig`. */
  createContainer(sandboxId: string, config: ContainerConfig): Promise<string>;
  /** Starts a created container. @throws RuntimeError `StartFailed` (command not found, no permission, …). */
  startContainer(containerId: string): Promise<void>;
  /** Changes the limits of a container that was made. @throws RuntimeError `NotFound`, `InvalidConfig`. */
  updateContainer(containerId: string, resources: ResourceLimits): Promise<void>;
  /** Changes the limits over a whole pod. @throws RuntimeError `NotFound`, `InvalidConfig`. */
  updateSandbox(sandboxId: string, resources: ResourceLimits): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `timeoutSeconds`; resolves when it has ended. */
  stopContainer(containerId: string, timeoutSeconds: number): Promise<void>;
  /** Removes a container and its writable layer; a running one is killed first. Logs are removed by the kubelet. */
  removeContainer(containerId: string): Promise<void>;
  /** This node's containers of one sandbox, or of all. */
  listContainers(sandboxId?: string): Promise<ContainerStatus[]>;
  /** @throws RuntimeError `NotFound`. */
  containerStatus(containerId: string): Promise<ContainerStatus>;

  /** Runs a command in a running container, with streams. @throws RuntimeError `NotFound`, `NotRunning`, `StartFailed`. */
  exec(containerId: string, request: ExecRequest): Promise<ExecSession>;

  /**
   * Joins the input and output of a running container, from now on. `exitCode` resolves with 0 when the output has ended;
   * `kill` leaves the container, which runs on. With `stdinOnce` the end of `stdin` is the container's end of input.
   * @throws RuntimeError `NotFound`, `NotRunning`.
   */
  attach(containerId: string, request: AttachRequest): Promise<ExecSession>;

  /**
   * The container's output so far (and, with `follow`, what comes until it ends or `signal` aborts), oldest first.
   * Remains readable after the container has ended, until it is removed.
   */
  logs(containerId: string, options: LogOptions, signal?: AbortSignal): AsyncIterable<LogEntry>;

  /** Current use of resources by running containers of one sandbox, or of all. */
  stats(sandboxId?: string): Promise<ContainerStats[]>;

  /** What a container takes of the node's disk. Absent, or undefined, where that cannot be told. @throws RuntimeError `NotFound`. */
  diskUsage?(containerId: string): Promise<DiskUsage | undefined>;

  /** Sandboxes and containers whose state changed, from now on until `signal` aborts. May repeat, never misses. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;

  listImages(): Promise<Image[]>;
  /** Undefined when the image is not on the node. */
  imageStatus(image: string): Promise<Image | undefined>;
  /** Fetches an image, without credentials if none are given. @throws RuntimeError `ImageNotFound`, `PullFailed`. */
  pullImage(image: string, credentials?: RegistryCredentials): Promise<Image>;
  removeImage(imageId: string): Promise<void>;
  /**
   * Shows an image's files at an empty directory of the node, read-only, until they are unmounted there. Absent where
   * images are no volumes. @throws RuntimeError `ImageNotFound`, `InvalidConfig`.
   */
  mountImage?(image: string, directory: string): Promise<void>;
  /** Where on the node images and writable layers lie. Absent, or undefined: with the pods' files. */
  imageDirectory?(): Promise<string | undefined>;

  /** Releases this process's handles; sandboxes and containers run on. */
  close(): Promise<void>;
}

export interface SandboxConfig {
  /** The pod that the sandbox is for. */
  pod: PodIdentity;
  /** Raised by one for every new sandbox of the same pod. */
  attempt: number;
  hostname: string;
  hostNetwork: boolean;
  /** Whether containers may be given the machine's processes (`pidNamespace` `Node`). */
  hostPID?: boolean;
  /** The machine's message queues and shared memory instead of the pod's own. */
  hostIPC?: boolean;
  /** Which users of the machine stand for the pod's own; the machine's own users when absent. */
  userNamespace?: UserNamespace;
  /** By which of the runtime's ways containers are run; its usual one when absent. @throws RuntimeError `InvalidConfig` */
  runtimeHandler?: string;
  /** Settings of the kernel for the pod's namespaces, such as `net.ipv4.tcp_syncookies`. */
  sysctls?: Record<string, string>;
  /** Host ports to forward to the pod. */
  portMappings: PortMapping[];
  /** The pod's `resolv.conf`; the machine's own when absent. */
  dns?: { nameservers: string[]; searches: string[]; options: string[] };
  /** Limits over the whole pod. */
  resources?: ResourceLimits;
  /** Kept and given back by `listSandboxes`. */
  labels: Record<string, string>;
}

export interface PodIdentity {
  namespace: string;
  name: string;
  uid: string;
}

/** The pod's users and groups from 0 to `length` are those of the machine from `hostId` on. */
export interface UserNamespace {
  hostId: number;
  length: number;
}

export interface PortMapping {
  hostPort: number;
  containerPort: number;
  protocol: "TCP" | "UDP" | "SCTP";
  hostIP?: string;
}

export interface ResourceLimits {
  /** Relative weight under contention; cgroup v1 `cpu.shares` scale (2 and up). */
  cpuShares?: number;
  /** Cores as a fraction, e.g. 0.5; absent is unlimited. */
  cpuLimit?: number;
  memoryLimitBytes?: number;
  pidsLimit?: number;
  /** Bytes of huge pages by the size of a page, as control groups write it (`2MB`); none of a size that is not here. */
  hugePages?: Readonly<Record<string, number>>;
}

export type SandboxState = "Ready" | "NotReady";

export interface SandboxStatus {
  id: string;
  pod: PodIdentity;
  attempt: number;
  state: SandboxState;
  createdAtMs: number;
  /** The pod's addresses, the first is `status.podIP`; empty for `hostNetwork`. */
  ips: string[];
  labels: Record<string, string>;
}

export interface ContainerConfig {
  name: string;
  /** Raised by one for every restart of the same container. */
  attempt: number;
  image: string;
  /** Replaces the image's entrypoint when given. */
  command?: string[];
  /** Replaces the image's arguments when given. */
  args?: string[];
  workingDir?: string;
  env: { name: string; value: string }[];
  mounts: Mount[];
  /** Devices of the node; none when absent. */
  devices?: Device[];
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
  resources: ResourceLimits;
  security: ContainerSecurity;
  /** Whose processes it sees and may signal; only its own when absent. @throws RuntimeError `InvalidConfig` */
  pidNamespace?: PidNamespace;
  /** What asks it to end, such as `SIGUSR1`; as its image says when absent. */
  stopSignal?: string;
  labels: Record<string, string>;
}

/** The pod's, the machine's, or those of another container of the pod. */
export type PidNamespace = "Pod" | "Node" | { containerId: string };

export interface Mount {
  /** Path on the node. */
  hostPath: string;
  /** Path in the container; made when missing. */
  containerPath: string;
  readOnly: boolean;
  propagation?: "None" | "HostToContainer" | "Bidirectional";
}

export interface Device {
  /** Path on the node, with no link in it. */
  hostPath: string;
  containerPath: string;
  /** Some of `rwm`: read, write, make. */
  permissions: string;
}

export interface ContainerSecurity {
  privileged: boolean;
  readOnlyRootFilesystem: boolean;
  runAsUser?: number;
  runAsGroup?: number;
  supplementalGroups: number[];
  /** No group besides those named here, whatever the image says of its user. */
  onlyNamedGroups?: boolean;
  addCapabilities: string[];
  dropCapabilities: string[];
  noNewPrivileges: boolean;
  /** Whether all of `/proc` is shown and may be written, as far as its user may. */
  showsAllOfProc?: boolean;
  /** Whether the runtime's own filter of system calls applies, where it has one. */
  seccompDefault?: boolean;
  /** A file of the node with the filter of system calls that applies instead. @throws RuntimeError `InvalidConfig` */
  seccompProfilePath?: string;
  /** The AppArmor profile's name, or `unconfined`; the runtime's own when absent. */
  appArmorProfile?: string;
}

export type ContainerState = "Created" | "Running" | "Exited";

export interface ContainerStatus {
  id: string;
  sandboxId: string;
  name: string;
  attempt: number;
  state: ContainerState;
  /** As the container was asked for. */
  image: string;
  /** The image's identity, as in `status.containerStatuses[].imageID`. */
  imageId: string;
  createdAtMs: number;
  startedAtMs?: number;
  finishedAtMs?: number;
  /** As whom its first process was started, where that is known. */
  user?: { uid: number; gid: number; supplementalGroups: number[] };
  /** 128 + signal number when a signal ended it. */
  exitCode?: number;
  /** `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`. */
  reason?: string;
  message?: string;
  labels: Record<string, string>;
}

export interface ExecRequest {
  command: string[];
  stdin: boolean;
  tty: boolean;
}

export interface AttachRequest {
  /** Whether input is wanted; containers without `stdin` have none all the same. */
  stdin: boolean;
}

export interface ExecSession {
  /** Written by the caller; ended to close the command's input. Absent without `stdin`. */
  stdin?: NodeJS.WritableStream;
  stdout: NodeJS.ReadableStream;
  /** Absent with `tty` (joined with stdout). */
  stderr?: NodeJS.ReadableStream;
  /** Resolves with the exit code after both streams have ended. */
  exitCode: Promise<number>;
  resize(columns: number, rows: number): Promise<void>;
  /** Kills the command. */
  kill(): Promise<void>;
}

export interface LogOptions {
  follow: boolean;
  /** Only the last lines. */
  tailLines?: number;
  sinceMs?: number;
}

export interface LogEntry {
  timeMs: number;
  /** RFC 3339 with nanoseconds, as printed by `--timestamps`. */
  timestamp: string;
  stream: "stdout" | "stderr";
  /** The line's bytes with its newline, if it had one. */
  line: Uint8Array;
}

export interface ContainerStats {
  containerId: string;
  sandboxId: string;
  name: string;
  timeMs: number;
  /** Cumulative processor time, in nanoseconds. */
  cpuUsageNanos: number;
  memoryUsageBytes: number;
  memoryWorkingSetBytes: number;
  pids: number;
}

export interface DiskUsage {
  /** What the container has written to its own root. */
  writableLayerBytes: number;
  writableLayerInodes?: number;
  /** Its output so far. */
  logBytes: number;
}

export interface RuntimeEvent {
  sandboxId: string;
  /** Absent when the sandbox itself changed. */
  containerId?: string;
  kind: "started" | "exited" | "removed";
}

/** How to log in to a registry. */
export interface RegistryCredentials {
  username: string;
  password: string;
}

export interface Image {
  id: string;
  /** Names by which it is known: `busybox:1.35`, … */
  tags: string[];
  digests: string[];
  sizeBytes: number;
  /** Numeric user of the image, when it names one. */
  user?: number;
  /** The name of its user, when it names one without telling the number. */
  username?: string;
  /** Never removed to make room: the runtime needs it, or it cannot be had again. */
  pinned?: boolean;
}

export type RuntimeErrorCode =
  | "NotFound"
  | "NotRunning"
  | "ImageNotFound"
  | "PullFailed"
  | "InvalidConfig"
  | "StartFailed"
  | "Unavailable";

/** What a runtime throws; the message is fit for an event. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "RuntimeError";
    this.code = code;
  }
}
