import type { StatusError } from "../base/status-error.ts";
import type { Identity, Route } from "./router.ts";

/** Sees every call begin; what it returns is called when the call ends. For metrics, traces and audit. Must not throw. */
export type CallObserver = (route: Route, identity: Identity) => (error?: StatusError) => void;

/** How long a unary call may take when its caller does not say. */
export const defaultUnaryTimeoutMs = 30_000;
