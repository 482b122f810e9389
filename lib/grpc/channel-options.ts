import type { ChannelOptions } from "@grpc/grpc-js";

/** Larger than any list page; lists are paged, and this only has to refuse what would fill the memory. */
const answerBytesMax = 256 * 1024 * 1024;
/**
 * What a server takes in, which anybody may send: many times the largest object that is stored, and more than the REST door
 * takes. A larger request is refused with RESOURCE_EXHAUSTED.
 */
export const requestBytesMax = 16 * 1024 * 1024;

const both: ChannelOptions = {
  "grpc.enable_channelz": 0,
  "grpc.max_send_message_length": answerBytesMax,
  "grpc-node.flow_control_window": 1024 * 1024,
};

const client: ChannelOptions = {
  ...both,
  "grpc.max_receive_message_length": answerBytesMax,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2_000,
  "grpc.dns_min_time_between_resolutions_ms": 1_000,
  "grpc.enable_retries": 0,
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.use_local_subchannel_pool": 1,
};

/** How channels and servers are set. A dead peer is noticed in half a minute, a restarted one found in two seconds. */
export const channelOptions: Readonly<Record<"client" | "localClient" | "server", ChannelOptions>> = {
  client: {
    ...client,
    "grpc.keepalive_time_ms": 20_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.keepalive_permit_without_calls": 1,
  },
  /** Over a socket of the machine, which tells by itself when the peer has gone; most servers there hang up on who asks. */
  localClient: client,
  server: {
    ...both,
    "grpc.max_receive_message_length": requestBytesMax,
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.max_concurrent_streams": 10_000,
  },
};
