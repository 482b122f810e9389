/** A container that cannot be configured: what it refers to is missing or wrong. The message is fit for an event. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}
