import { z } from "zod";

/** Metadata of one field of a config schema. */
export interface Setting {
  readonly name: string;
  readonly description: string;
  readonly secret: boolean;
  /** The unit of a number, if it has one. */
  readonly unit: "ms" | "bytes" | undefined;
  /** False if the variable may be missing. */
  readonly required: boolean;
  /** The value used if the variable is not set. */
  readonly defaultValue: unknown;
}

/** Lists the settings of a schema, in the order of their declaration. */
export function settingsOf(schema: z.ZodObject): readonly Setting[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const layers = unwrap(field);
    const meta = layers.map((layer) => z.globalRegistry.get(layer) ?? {});
    const withDefault = layers.find(
      (layer) => layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault,
    );
    const unit = meta.find((entry) => entry["unit"] !== undefined)?.["unit"];
    return {
      name,
      description: meta.find((entry) => entry.description)?.description ?? "",
      secret: meta.some((entry) => entry["secret"] === true),
      unit: unit === "ms" || unit === "bytes" ? unit : undefined,
      required: !field.safeParse(undefined).success,
      defaultValue: withDefault?.def.defaultValue,
    };
  });
}

/** The field and the fields that it wraps, outermost first: metadata does not pass through a wrapper. */
function unwrap(field: z.core.$ZodType): readonly z.core.$ZodType[] {
  const inner =
    field instanceof z.ZodOptional ||
    field instanceof z.ZodNullable ||
    field instanceof z.ZodDefault ||
    field instanceof z.ZodPrefault
      ? field.def.innerType
      : undefined;
  return inner === undefined ? [field] : [field, ...unwrap(inner)];
}
