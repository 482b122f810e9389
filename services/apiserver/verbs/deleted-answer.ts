import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";

/** The last state of an object that is gone. */
export class DeletedAnswer extends EncodedMessage<ApiObject> {
  constructor(last: EncodedMessage<ApiObject>) {
    super(
      () => last.bytes,
      () => last.value,
    );
  }
}
