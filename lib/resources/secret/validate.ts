import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";
import { base64ByteLength } from "../../api/base64.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { configMapKey } from "../../api/names.ts";
import { contentBytesMax } from "../contents.ts";
import { checkName } from "../rules.ts";

const accountAnnotation = "kubernetes.io/service-account.name";
const usernameKey = "username";
const passwordKey = "password";

/** Checks the keys and the size of a secret, and that it has what its type promises. */
export function validateSecret(secret: Secret, errors: FieldErrors): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    checkName(configMapKey, key, `data[${key}]`, errors);
    bytes += base64ByteLength(value);
  }
  if (bytes > contentBytesMax) errors.tooLong("data", contentBytesMax);
  validateType(secret, errors);
}

function validateType(secret: Secret, errors: FieldErrors): void {
  const data = secret.data ?? {};
  switch (secret.type) {
    case "kubernetes.io/service-account-token":
      if (!secret.metadata?.annotations?.[accountAnnotation])
        errors.required(`metadata.annotations[${accountAnnotation}]`);
      return;
    case "kubernetes.io/dockercfg":
      return requireJson(data, ".dockercfg", errors);
    case "kubernetes.io/dockerconfigjson":
      return requireJson(data, ".dockerconfigjson", errors);
    case "kubernetes.io/basic-auth":
      if (data[usernameKey] === undefined && data[passwordKey] === undefined)
        for (const key of [usernameKey, passwordKey]) errors.required(`data[${key}]`);
      return;
    case "kubernetes.io/ssh-auth":
      if (!data["ssh-privatekey"]) errors.required("data[ssh-privatekey]");
      return;
    case "kubernetes.io/tls":
      for (const key of ["tls.crt", "tls.key"]) if (data[key] === undefined) errors.required(`data[${key}]`);
      return;
  }
}

function requireJson(data: Readonly<Record<string, string>>, key: string, errors: FieldErrors): void {
  const value = data[key];
  if (value === undefined) {
    errors.required(`data[${key}]`);
    return;
  }
  const fault = jsonFault(value);
  if (fault) errors.invalid(`data[${key}]`, "<secret contents redacted>", fault);
}

function jsonFault(base64: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(atob(base64));
    return typeof parsed === "object" && !Array.isArray(parsed) ? undefined : "must be a JSON object";
  } catch {
    // What the parser says could show some of the secret.
    return "must be well-formed JSON";
  }
}
