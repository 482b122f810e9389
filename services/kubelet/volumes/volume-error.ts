/** A volume that cannot be made now; the message is fit for an event. */
export class VolumeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "VolumeError";
  }
}
