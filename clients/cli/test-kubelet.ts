import type {
  PodAttachRequest,
  PodExecRequest,
  PodExecResponse,
  PodLogOptions,
  PodPortForwardRequest,
  PodPortForwardResponse,
} from "../../gen/typernetes/core/v1/pod.ts";
import { KubeletServiceDefinition } from "../../gen/typernetes/kubelet/v1/kubelet.ts";
import { StatusError } from "../../lib/base/status-error.ts";
import { Router } from "../../lib/grpc/router.ts";
import { startGrpcServer } from "../../lib/grpc/server.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import type { TestCluster } from "./test-cluster.ts";

/** A kubelet that runs nothing: it answers logs and commands as a test says. */
export interface TestKubelet {
  readonly nodeName: string;
  close(): Promise<void>;
}

export interface KubeletAnswers {
  log(pod: string, options: PodLogOptions): AsyncIterable<string>;
  exec(requests: AsyncIterable<PodExecRequest>): AsyncIterable<PodExecResponse>;
  attach?(requests: AsyncIterable<PodAttachRequest>): AsyncIterable<PodExecResponse>;
  portForward?(requests: AsyncIterable<PodPortForwardRequest>): AsyncIterable<PodPortForwardResponse>;
}

/** Starts the kubelet and makes its node. */
export async function startTestKubelet(cluster: TestCluster, answers: KubeletAnswers): Promise<TestKubelet> {
  const router = new Router().add(KubeletServiceDefinition, {
    async *log({ name = "", options = {} }) {
      for await (const text of answers.log(name, options)) yield { chunk: Buffer.from(text) };
    },
    exec: (requests) => answers.exec(requests),
    attach: (requests) => answers.attach?.(requests) ?? notHere(),
    portForward: (requests) => answers.portForward?.(requests) ?? notHere(),
    listPods: () => Promise.reject(new StatusError("MethodNotAllowed", "not here")),
    stats: () => Promise.reject(new StatusError("MethodNotAllowed", "not here")),
  });
  const { pki } = cluster;
  const tls = { ca: pki.caCertificate, ...(await pki.servingCertificate("kubelet", ["127.0.0.1"])) };
  const authenticate = () => ({ user: "apiserver", groups: [] });
  const server = await startGrpcServer({ router, host: "127.0.0.1", port: 0, tls, authenticate, logger: silentLogger });
  const { nodes } = cluster.client.core.v1;
  const nodeName = "node-1";
  const node = await nodes.create({ metadata: { name: nodeName } });
  await nodes.updateStatus({
    ...node,
    status: {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: server.port } },
    },
  });
  return { nodeName, close: () => server.close() };
}

function notHere(): never {
  throw new StatusError("MethodNotAllowed", "not here");
}
