import type { UpOptions } from "./options.ts";

/** Why a cluster did not start, in one line that says what to do. */
export function explainStartError(
  error: unknown,
  options: Pick<UpOptions, "httpsPort" | "grpcPort" | "dataDir" | "store">,
): Error {
  const { message, code, port, path } = facts(error);
  if (code === "EADDRINUSE" && port !== undefined) {
    const flag = port === options.httpsPort ? "--https-port" : "--grpc-port";
    return new Error(`port ${port} is in use: choose another with ${flag}, or 0 for any that is free`, {
      cause: error,
    });
  }
  if (code === "EACCES" && port !== undefined) {
    const flag = port === options.httpsPort ? "--https-port" : "--grpc-port";
    return new Error(`port ${port} is not for this user: choose one above 1023 with ${flag}`, { cause: error });
  }
  if (code === "Unavailable" && options.store !== "embedded")
    return new Error(
      `no etcd answers at ${options.store}: start it, or correct --store (${message.replace(/ Resolution note: *$/, "")})`,
      {
        cause: error,
      },
    );
  if (typeof path === "string" && path.startsWith(options.dataDir))
    return new Error(`the data directory cannot be used: ${message}; choose another with --data-dir`, {
      cause: error,
    });
  return error instanceof Error ? error : new Error(message);
}

interface Facts {
  message: string;
  code?: unknown;
  port?: unknown;
  path?: unknown;
}

function facts(error: unknown): Facts {
  return error instanceof Error ? error : { message: String(error) };
}
