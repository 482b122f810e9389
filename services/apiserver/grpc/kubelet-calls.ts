import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type {
  Pod,
  PodAttachRequest,
  PodExecRequest,
  PodExecResponse,
  PodLogRequest,
  PodLogResponse,
  PodPortForwardRequest,
  PodPortForwardResponse,
} from "../../../gen/typernetes/core/v1/pod.ts";
import { KubeletServiceDefinition } from "../../../gen/typernetes/kubelet/v1/kubelet.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Transport } from "../../../lib/grpc/transport.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { admitConnect } from "../admission/admit-connect.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest } from "../errors.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { get } from "../verbs/get.ts";

const withoutHost = "does not have a host assigned";
const { log, exec, attach, portForward } = KubeletServiceDefinition.methods;

/** Streams a container's log from the node that has it. */
export async function* podLog(
  core: Core,
  pods: ResourceInfo,
  request: PodLogRequest,
  caller: Caller,
): AsyncGenerator<PodLogResponse> {
  const pod = await findPod(core, pods, request);
  const options = { ...request.options, container: chosenContainer(pod, request.options?.container) };
  const kubelet = await kubeletOf(core, pod);
  yield* kubelet.serverStream(KubeletServiceDefinition, log, { ...request, options }, { signal: caller.signal });
}

/** Runs a command in a container, through the node that has it. */
export async function* podExec(
  core: Core,
  pods: ResourceInfo,
  requests: AsyncIterable<PodExecRequest>,
  caller: Caller,
): AsyncGenerator<PodExecResponse> {
  const { first, rest } = await takeFirst(requests);
  await admitToPod(core, pods, first, { subresource: "exec", kind: "PodExecOptions" }, caller);
  const pod = await findPod(core, pods, first);
  refuseCompleted(pod, "exec into");
  if (!first.options?.command?.length) throw badRequest("you must specify at least 1 command for the container");
  const options = { ...first.options, container: chosenContainer(pod, first.options.container) };
  const kubelet = await kubeletOf(core, pod);
  const forwarded = prepend({ ...first, options }, rest);
  yield* kubelet.duplex(KubeletServiceDefinition, exec, forwarded, { signal: caller.signal });
}

/** Joins the input and output of a container that runs, through the node that has it. */
export async function* podAttach(
  core: Core,
  pods: ResourceInfo,
  requests: AsyncIterable<PodAttachRequest>,
  caller: Caller,
): AsyncGenerator<PodExecResponse> {
  const { first, rest } = await takeFirst(requests);
  await admitToPod(core, pods, first, { subresource: "attach", kind: "PodAttachOptions" }, caller);
  const pod = await findPod(core, pods, first);
  refuseCompleted(pod, "attach to");
  const options = { ...first.options, container: chosenContainer(pod, first.options?.container) };
  const kubelet = await kubeletOf(core, pod);
  const forwarded = prepend({ ...first, options }, rest);
  yield* kubelet.duplex(KubeletServiceDefinition, attach, forwarded, { signal: caller.signal });
}

/** A connection to a port of a pod, through the node that has it. */
export async function* podPortForward(
  core: Core,
  pods: ResourceInfo,
  requests: AsyncIterable<PodPortForwardRequest>,
  caller: Caller,
): AsyncGenerator<PodPortForwardResponse> {
  const { first, rest } = await takeFirst(requests);
  if (!first.port) throw badRequest("you must specify at least 1 port");
  const forwarding = { namespace: first.namespace, name: first.name, options: { ports: [first.port] } };
  await admitToPod(core, pods, forwarding, { subresource: "portforward", kind: "PodPortForwardOptions" }, caller);
  const kubelet = await kubeletOf(core, await findPod(core, pods, first));
  const forwarded = prepend(first, rest);
  yield* kubelet.duplex(KubeletServiceDefinition, portForward, forwarded, { signal: caller.signal });
}

async function takeFirst<T>(requests: AsyncIterable<T>): Promise<{ first: T; rest: AsyncIterator<T> }> {
  const rest = requests[Symbol.asyncIterator]();
  const { value: first, done } = await rest.next();
  if (done) throw badRequest("the first message has to name the pod, and what is wanted of it");
  return { first, rest };
}

interface PodConnection {
  namespace?: string | undefined;
  name?: string | undefined;
  options?: object | undefined;
}

function admitToPod(
  core: Core,
  info: ResourceInfo,
  { namespace, name, options }: PodConnection,
  { subresource, kind }: { subresource: string; kind: string },
  caller: Caller,
): Promise<void> {
  return admitConnect(core, { info, namespace, name, subresource, options: { ...options, kind } }, caller);
}

function refuseCompleted({ status }: Pod, what: string): void {
  if (status?.phase !== "Succeeded" && status?.phase !== "Failed") return;
  throw badRequest(`cannot ${what} a container in a completed pod; current phase is ${status.phase}`);
}

async function* prepend<T>(first: T, rest: AsyncIterator<T>): AsyncGenerator<T> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

async function findPod(
  core: Core,
  pods: ResourceInfo,
  { namespace, name }: { namespace?: string | undefined; name?: string | undefined },
): Promise<ApiObject & Pod> {
  const { value } = await get(core, pods, { namespace, name });
  return value;
}

async function kubeletOf(core: Core, pod: ApiObject & Pod): Promise<Transport> {
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) throw badRequest(`pod ${pod.metadata?.name} ${withoutHost}`);
  const { value } = await get(core, core.resource("", "nodes"), { name: nodeName });
  const node: ApiObject & Node = value;
  return core.kubeletTransport(node);
}

/** Whether a call failed because its pod is on no node yet. */
export function isWithoutHost(error: unknown): boolean {
  return isStatusError(error, "BadRequest") && error.message.endsWith(withoutHost);
}

/** The container that is meant. @throws StatusError `BadRequest` when the pod has several and none is named. */
function chosenContainer(pod: ApiObject & Pod, wanted: string | undefined): string {
  const { spec } = pod;
  const regular = (spec?.containers ?? []).map((container) => container.name ?? "");
  const init = (spec?.initContainers ?? []).map((container) => container.name ?? "");
  const ephemeral = (spec?.ephemeralContainers ?? []).map((container) => container.name ?? "");
  const name = pod.metadata?.name;
  if (wanted) {
    if ([...regular, ...init, ...ephemeral].includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  const annotated = pod.metadata?.annotations?.["kubectl.kubernetes.io/default-container"];
  if (annotated && regular.includes(annotated)) return annotated;
  const [only] = regular;
  if (regular.length === 1 && only !== undefined && init.length + ephemeral.length === 0) return only;
  const others = init.length > 0 ? ` or one of the init containers: [${init.join(" ")}]` : "";
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${regular.join(" ")}]${others}`,
  );
}
