import { type CompiledField, type CompiledMessage, compiledMessage } from "../compiled-schema.ts";
import { namesItself } from "../message-of-kind.ts";
import { wireTypes } from "../wire.ts";
import { type ScalarCodec, scalarCodecs } from "./scalar-codecs.ts";
import { type SpecialPart, type SpecialShape, specialShape } from "./special-shapes.ts";

/** How one field of a message is written and read, made once from its contract. */
export interface FieldPlan {
  /** In JSON; empty for an inlined struct. */
  readonly name: string;
  /** The field's number in Kubernetes' encoding and its wire type. */
  readonly tag: number;
  readonly container: "none" | "list" | "map";
  /** What the values are: this, or else `message`. */
  readonly scalar: ScalarCodec | undefined;
  readonly message: MessagePlan | undefined;
  /** A struct of Kubernetes whose fields stand directly in the object. */
  readonly isInlined: boolean;
  readonly special: SpecialShape | undefined;
  /** Written as zero when it is absent, as Go's encoders do. */
  readonly writesZero: boolean;
  /** Zero counts as absent. */
  readonly dropsZero: boolean;
  /** The contract, where there is one. */
  readonly contract: CompiledField | undefined;
}

/** How a message is written and read. */
export interface MessagePlan {
  readonly name: string;
  /** By number, ascending. */
  readonly fields: FieldPlan[];
  /** Each at the place of its number. */
  readonly byNumber: (FieldPlan | undefined)[];
  /** Says what to fill in after reading; undefined for what is only a part of an object. */
  readonly contract: CompiledMessage | undefined;
}

/** `apiVersion` and `kind`, from this number on, stand in the envelope. */
const typeMetaNumber = 1001;
const plans = new Map<string, MessagePlan>();

/** Whether Kubernetes has a protobuf form of a kind, a list, a review or options. Of tables it has none. */
export function hasKubernetesForm(message: string): boolean {
  return message !== "meta.v1.Table" && namesItself(message);
}

/** The plan of a message (`core.v1.Pod`), made when it is first asked for. @throws RangeError for an unknown message */
export function messagePlan(name: string): MessagePlan {
  return plans.get(name) ?? planMessage(name);
}

function planMessage(name: string): MessagePlan {
  const contract = compiledMessage(name);
  const plan: MessagePlan = { name, fields: [], byNumber: [], contract };
  // Registered before its fields are planned: messages may contain themselves.
  plans.set(name, plan);
  for (const field of contract.fields.values()) {
    const { wirePath, number } = field.schema;
    if (wirePath !== undefined || number < typeMetaNumber) placeField(plan, wirePath ?? String(number), field);
  }
  sortFields(plan);
  return plan;
}

/** Puts a field where its path of numbers leads: through the inlined structs on it. */
function placeField(plan: MessagePlan, path: string, field: CompiledField): void {
  const dot = path.indexOf(".");
  const number = Number.parseInt(path, 10);
  if (dot < 0) addField(plan, number, planField(plan.name, number, field));
  else placeField(plan.byNumber[number]?.message ?? addInlined(plan, number), path.slice(dot + 1), field);
}

const blank: FieldPlan = {
  name: "",
  tag: 0,
  container: "none",
  scalar: undefined,
  message: undefined,
  isInlined: false,
  special: undefined,
  writesZero: false,
  dropsZero: false,
  contract: undefined,
};

function addInlined(plan: MessagePlan, number: number): MessagePlan {
  const message: MessagePlan = { name: plan.name, fields: [], byNumber: [], contract: undefined };
  addField(plan, number, { ...blank, tag: tagOf(number, undefined), message, isInlined: true });
  return message;
}

function addField(plan: MessagePlan, number: number, field: FieldPlan): void {
  plan.fields.push(field);
  plan.byNumber[number] = field;
}

function planField(owner: string, number: number, field: CompiledField): FieldPlan {
  const special = specialShape(owner, field);
  const scalar = special ? undefined : scalarCodecs[field.type];
  const message = special ? planParts(special) : field.message && messagePlan(field.message.name);
  if (!scalar && !message) throw new RangeError(`${owner}.${field.name} has no form in Kubernetes' encoding`);
  const container = field.map ? "map" : field.repeated && !special?.isWholeList ? "list" : "none";
  return {
    ...blank,
    name: field.name,
    tag: tagOf(number, container === "map" ? undefined : scalar),
    container,
    scalar,
    message,
    special,
    writesZero: container === "none" && writesZero(field),
    dropsZero: field.dropsZero,
    contract: field,
  };
}

/** Structs and the like that are absent stay so, although Go writes empty ones: they would be read as empty. */
function writesZero(field: CompiledField): boolean {
  if (field.schema.pointer || field.type === "bytes") return false;
  return field.dropsZero || field.alwaysWritten || field.type === "time" || field.type === "microTime";
}

function planParts(shape: SpecialShape): MessagePlan {
  const plan: MessagePlan = { name: "", fields: [], byNumber: [], contract: undefined };
  for (const part of shape.parts) addField(plan, part.number, planPart(part));
  sortFields(plan);
  return plan;
}

function planPart(part: SpecialPart): FieldPlan {
  const scalar = scalarCodecs[part.type];
  return {
    ...blank,
    name: part.name,
    tag: tagOf(part.number, scalar),
    container: part.repeated ? "list" : "none",
    scalar,
    message: part.message === undefined ? undefined : messagePlan(part.message),
    writesZero: part.type === "bool",
  };
}

function tagOf(number: number, scalar: ScalarCodec | undefined): number {
  return number * 8 + (scalar?.wireType ?? wireTypes.bytes);
}

function sortFields(plan: MessagePlan): void {
  plan.fields.sort((a, b) => a.tag - b.tag);
  // Without holes look-ups are fast.
  for (let number = 0; number < plan.byNumber.length; number++) plan.byNumber[number] ??= undefined;
  for (const field of plan.fields) if (field.isInlined && field.message) sortFields(field.message);
}
