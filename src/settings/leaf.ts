import * as z from "zod/mini";
import type { Complaint } from "../diagnostics/diagnostic.ts";
import { complainOfText } from "../values/characters.ts";

/** The facts about a setting or a group that messages, the JSON Schema and the generated reference use. */
export type LeafFacts = {
  /** Completes "KEY must be ...": `a whole number from 1 to 65535`. */
  readonly takes: string;
  /** One or two sentences for the reference and for editors. */
  readonly description: string;
  readonly examples?: readonly unknown[];
  /** Its value is masked in snippets and never echoed. */
  readonly isSecret?: true;
  /** Keywords of JSON Schema that the zod type lacks. */
  readonly schema?: Readonly<Record<string, unknown>>;
};

/** A complaint about a part of a value: `path` leads from the value to the part. */
export type LeafComplaint = Complaint & {
  readonly path?: readonly (string | number)[];
  readonly isWrongType?: true;
};

// zod/mini has a fifth of zod's size and starts in a third of its time; its messages are not used anyway.

/** The facts of every setting, by its zod schema. */
export const leafFacts = z.registry<LeafFacts>();

/** Text. Control characters are always refused; `complain` restricts the text further. */
export function text(facts: LeafFacts, complain?: (value: string) => Complaint | undefined) {
  return known(
    facts,
    z.string().check((context) => {
      tell(context, complainOfText(context.value) ?? complain?.(context.value));
    }),
  );
}

/** A whole number between two limits, both included. */
export function wholeNumber(facts: Omit<LeafFacts, "takes">, minimum: number, maximum: number, unit = "") {
  const takes = `a whole number from ${minimum} to ${maximum}${unit && ` ${unit}`}`;
  return known(
    { takes, ...facts, schema: { type: "integer", minimum, maximum, ...facts.schema } },
    z.number().check((context) => {
      const { value } = context;
      if (!Number.isInteger(value) || value < minimum || value > maximum)
        tell(context, { message: `${value} is not ${takes}` });
    }),
  );
}

/** One word of several. */
export function choice<const Values extends readonly [string, ...string[]]>(
  facts: Omit<LeafFacts, "takes">,
  values: Values,
) {
  return known({ takes: `one of ${values.join(", ")}`, ...facts }, z.enum(values));
}

/** `true` or `false`. */
export function yesNo(facts: Omit<LeafFacts, "takes">) {
  return known({ takes: "true or false", ...facts }, z.boolean());
}

/** A list of any length. */
export function list<Item extends z.core.$ZodType>(
  facts: Omit<LeafFacts, "takes"> & { takes?: string },
  item: Item,
) {
  return known({ takes: "a list", ...facts }, z.array(item));
}

/** A list with at least one entry. */
export function fullList<Item extends z.core.$ZodType>(facts: Omit<LeafFacts, "takes">, item: Item) {
  return known(
    { takes: "a list", ...facts, schema: { minItems: 1 } },
    z.array(item).check((context) => {
      if (context.value.length === 0)
        tell(context, { message: "the list is empty", hint: "remove the key, or add at least one entry" });
    }),
  );
}

/** A setting with more than one form, checked by hand; `schema` describes the forms to editors. */
export function forms<Value>(
  facts: LeafFacts & { readonly schema: object },
  complain: (value: unknown) => readonly LeafComplaint[],
) {
  return known(
    facts,
    z.custom<Value>().check((context) => {
      for (const complaint of complain(context.value)) tell(context, complaint);
    }),
  );
}

/** A map of optional settings; other keys are refused. */
export function group<Shape extends Record<string, z.core.$ZodType>>(description: string, shape: Shape) {
  const optional = Object.fromEntries(
    Object.entries(shape).map(([key, schema]) => [key, z.optional(schema)]),
  );
  return known(
    { takes: "a map of settings", description },
    // fromEntries loses the type of each key.
    z.strictObject(optional as { [Key in keyof Shape]: z.ZodMiniOptional<Shape[Key]> }),
  );
}

/** The key under which zod carries our complaints. */
export type CarriedComplaint = Pick<LeafComplaint, "hint" | "fix" | "isWrongType">;

function tell(context: z.core.ParsePayload, complaint: LeafComplaint | undefined): void {
  if (complaint === undefined) return;
  const { message, hint, fix, path = [], isWrongType } = complaint;
  const params: CarriedComplaint = {
    ...(hint !== undefined && { hint }),
    ...(fix !== undefined && { fix }),
    ...(isWrongType && { isWrongType }),
  };
  context.issues.push({ code: "custom", input: undefined, message, path: [...path], params, continue: true });
}

function known<Schema extends z.core.$ZodType>(facts: LeafFacts, schema: Schema): Schema {
  leafFacts.add(schema, facts);
  return schema;
}
