/** Structured log lines: `logger.info({ pod: "default/web" }, "started")`. One line per fact, errors with their stack under `err`. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger whose lines carry `fields` too, such as `{ name: "scheduler" }`. */
  child(fields: object): Logger;
}
