import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { encodeList } from "../../../lib/api/splice.ts";
import { varintLength, writeVarint } from "../../../lib/api/wire.ts";
import { deepFreeze } from "../../../lib/base/plain-data.ts";
import { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { isInProcess } from "../auth/in-process.ts";
import type { Caller } from "../core.ts";
import { Slices } from "../slices.ts";
import type { CachedObject } from "../watch-cache/cached-object.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";

/** Field `items` of every list. */
const itemsTag = 2 * 8 + 2;
