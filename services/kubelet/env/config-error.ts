/** A container or a volume that cannot be made: what it refers to is missing or wrong. The message is fit for an event. */
export class ConfigError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ConfigError";
  }
}
