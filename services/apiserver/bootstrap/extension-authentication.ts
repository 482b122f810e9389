import type { ConfigMap } from "../../../gen/typernetes/core/v1/config_map.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { frontProxyClientName, type Pki } from "../pki/pki.ts";
import { storeKey } from "../resource-info.ts";
import { create } from "../verbs/create.ts";
import { update } from "../verbs/update.ts";
import { itself } from "./itself.ts";

const namespace = "kube-system";
const name = "extension-apiserver-authentication";

/** Tells servers behind this one whom to believe: whose certificates clients show, and who speaks for clients. */
export async function publishExtensionAuthentication(core: Core, pki: Pki): Promise<void> {
  const { caCertificate } = await pki.frontProxy();
  const data = {
    "client-ca-file": pki.caCertificate,
    "requestheader-allowed-names": JSON.stringify([frontProxyClientName]),
    "requestheader-client-ca-file": caCertificate,
    "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
    "requestheader-group-headers": '["X-Remote-Group"]',
    "requestheader-uid-headers": '["X-Remote-Uid"]',
    "requestheader-username-headers": '["X-Remote-User"]',
  };
  const info = core.resource("", "configmaps");
  const cache = core.cache.cacheOf(info);
  const entry = cache.get(storeKey(info, namespace, name));
  const stored: (ApiObject & ConfigMap) | undefined = entry && cache.decode(entry);
  const object: ApiObject & ConfigMap = { metadata: { name, namespace }, ...stored, data };
  if (!stored) await create(core, info, { object }, itself);
  else if (!deepEqual(stored.data, data)) await update(core, info, { object }, itself);
}
