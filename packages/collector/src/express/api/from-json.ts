import { z } from "zod";

const isoText = z.iso.datetime({
  offset: true,
  error: "an ISO 8601 time with its offset is wanted: 2026-05-10T11:00:00Z",
});

/**
 * The same shape for what arrives as JSON, where a time is a text; its rules stay as they are. Where it has no time in
 * it, it is the shape itself.
 */
export function fromJson<Schema extends z.ZodType>(schema: Schema): z.ZodType<z.output<Schema>> {
  return read(schema) as z.ZodType<z.output<Schema>>;
}

function read(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDate) return isoText.transform((text) => new Date(text)).pipe(schema);
  if (schema instanceof z.ZodObject) {
    const shape = Object.fromEntries(
      Object.entries<z.core.$ZodType>(schema.shape).map(([name, field]) => [name, read(field)] as const),
    );
    const isSame = Object.entries(shape).every(([name, field]) => field === schema.shape[name]);
    return isSame ? schema : schema.clone({ ...schema.def, shape });
  }
  if (schema instanceof z.ZodArray) {
    const element = read(schema.element);
    return element === schema.element ? schema : schema.clone({ ...schema.def, element });
  }
  if (schema instanceof z.ZodOptional) {
    const inner = read(schema.unwrap());
    return inner === schema.unwrap() ? schema : schema.clone({ ...schema.def, innerType: inner });
  }
  // What may be a time or its text is a text here.
  const date = schema instanceof z.ZodUnion && schema.options.find((option) => option instanceof z.ZodDate);
  return date ? read(date) : schema;
}
