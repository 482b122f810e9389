import type { Scale, UpdateScaleRequest } from "../../../gen/typernetes/autoscaling/v1/scale.ts";
import type {
  DeleteCollectionRequest,
  DeleteRequest,
  GetRequest,
  ListRequest,
  PatchRequest,
  WatchRequest,
} from "../../../gen/typernetes/meta/v1/requests.ts";
import type { MethodDefinition, ServiceDefinition } from "../../../lib/grpc/method.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { CreateRequest } from "../verbs/create.ts";
import type { ObjectList } from "../verbs/list-answer.ts";
import type { UpdateRequest } from "../verbs/update.ts";
import type { WatchResponse } from "../watch-cache/delivery.ts";

type Unary<Req, Res> = MethodDefinition<Req, Res> & { readonly requestStream: false; readonly responseStream: false };
type Stream<Req, Res> = MethodDefinition<Req, Res> & { readonly requestStream: false; readonly responseStream: true };

/** The methods that the services of all kinds have alike; a kind may have fewer. */
export interface ResourceService extends ServiceDefinition {
  readonly methods: {
    readonly create: Unary<CreateRequest, ApiObject>;
    readonly get: Unary<GetRequest, ApiObject>;
    readonly list: Unary<ListRequest, ObjectList>;
    readonly watch: Stream<WatchRequest, WatchResponse>;
    readonly update: Unary<UpdateRequest, ApiObject>;
    readonly updateStatus: Unary<UpdateRequest, ApiObject>;
    readonly patch: Unary<PatchRequest, ApiObject>;
    readonly delete: Unary<DeleteRequest, ApiObject>;
    readonly deleteCollection: Unary<DeleteCollectionRequest, ObjectList>;
    readonly getScale: Unary<GetRequest, Scale>;
    readonly updateScale: Unary<UpdateScaleRequest, Scale>;
    readonly finalize: Unary<UpdateRequest, ApiObject>;
    readonly updateApproval: Unary<UpdateRequest, ApiObject>;
  };
}
