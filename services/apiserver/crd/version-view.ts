import { FieldErrors } from "../../../lib/api/field-errors.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { VersionForm } from "../object-form.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { View } from "../views/view.ts";
import type { Conversion } from "./conversion.ts";
import type { CustomKind } from "./custom-kind.ts";

/** A version as a form of the objects that are stored. */
export function versionForm(kind: CustomKind, storage: CustomKind, conversion: Conversion): VersionForm {
  const { form, apiVersion } = kind.info;
  return {
    form,
    apiVersion,
    // What an object is compared with before it was there has no kind, and nothing to convert.
    show: (stored) => (stored.kind ? conversion.one(stored, kind) : stored),
    read: (shown) => conversion.one({ ...shown, apiVersion }, storage),
  };
}

/** A version as clients see it: what they write is checked as they wrote it. */
export function versionView(kind: CustomKind, storage: CustomKind, conversion: Conversion): View {
  const { schema, listKind } = kind.info;
  const form = versionForm(kind, storage, conversion);
  const check = checkIn(kind);
  return {
    ...form,
    kind: schema.kind,
    ...(listKind && { listKind }),
    comparesUpdates: true,
    showAll: (stored) => conversion.all(stored, kind),
    async read(shown, _isNew, current) {
      const object = { ...shown, apiVersion: form.apiVersion, kind: schema.kind };
      check(object, current && (await conversion.one(current, kind)));
      return conversion.one(object, storage);
    },
  };
}

/** The stored kind for writes that come in another version: what is stored was checked before it was converted. */
export function writtenThrough(kind: CustomKind, { info }: CustomKind, conversion: Conversion): ResourceInfo {
  const { validateStatusUpdate: _, ...strategy } = info.strategy;
  const check = checkIn(kind);
  return {
    ...info,
    strategy: { ...strategy, validate: unchecked },
    async checkWritten(stored, old) {
      check(await conversion.one(stored, kind), old && (await conversion.one(old, kind)));
    },
  };
}

/** How objects of a version are checked. The check throws StatusError `Invalid`. */
function checkIn({ info }: CustomKind): (object: ApiObject, old: ApiObject | undefined) => void {
  const { strategy, schema } = info;
  return (object, old) => {
    const errors = new FieldErrors();
    strategy.validate(object, errors, old);
    const { group, kind } = schema;
    const error = errors.toError({ group, kind, name: object.metadata?.name ?? "" });
    if (error) throw error;
  };
}

function unchecked(_object: ApiObject): void {}
