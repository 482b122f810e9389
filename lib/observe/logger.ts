import { type DestinationStream, destination, type LoggerOptions, pino, stdTimeFunctions } from "pino";
import { createPrettyStream } from "./pretty-stream.ts";

/** Structured log lines: `logger.info({ pod: "default/web" }, "started")`. One line per fact, errors with their stack under `err`. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger whose lines carry `fields` too, such as `{ name: "scheduler" }`. */
  child(fields: object): Logger;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export interface LoggerSettings {
  /** Of the service: its folder. */
  name: string;
  /** `info` when absent. */
  level?: LogLevel;
  /** Lines for people instead of JSON. */
  pretty?: boolean;
  /** Where lines go; standard output when absent. */
  stream?: DestinationStream;
}

/** A logger that writes each line at once, so that none is lost when the process ends. */
export function createLogger(settings: LoggerSettings): Logger {
  const options: LoggerOptions = {
    base: { name: settings.name },
    level: settings.level ?? "info",
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  const sink = settings.stream ?? destination({ fd: 1, sync: true });
  return pino(options, settings.pretty ? createPrettyStream(sink) : sink);
}

/** A logger that drops everything; for tests and tools. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
