import type { Ingress } from "../../../../gen/typernetes/networking/v1/ingress.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { forbidden } from "../../errors.ts";
import type { AdmissionPluginFactory } from "../admission.ts";
import { defaultClass } from "./default-class.ts";

const kind = ["networking.k8s.io", "ingressclasses"] as const;
const annotations = ["ingressclass.kubernetes.io/is-default-class"];
const oldAnnotation = "kubernetes.io/ingress.class";

/** An ingress that names no class has the default one, of which there may be one. */
export const defaultIngressClass: AdmissionPluginFactory = (context) => ({
  name: "DefaultIngressClass",
  kinds: ["ingresses.networking.k8s.io"],
  admit({ operation, info, subresource, object, name }) {
    if (operation !== "CREATE" || info.groupResource !== "ingresses.networking.k8s.io" || subresource) return;
    const ingress: ApiObject & Ingress = object ?? {};
    if (ingress.spec?.ingressClassName !== undefined || ingress.metadata?.annotations?.[oldAnnotation] !== undefined)
      return;
    const chosen = defaultClass(context, kind, annotations);
    if (!chosen) return;
    if (chosen.count > 1)
      throw forbidden(info, name, `${chosen.count} default IngressClasses were found, only 1 allowed`);
    ingress.spec = { ...ingress.spec, ingressClassName: chosen.name };
  },
});
