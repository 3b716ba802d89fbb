// Whether what was read as JSON is what its schema says. Keys may be added to it in any version.

/** What a value may be; `has` are the keys of an object, `of` what the items of a list are. */
export interface Shape {
  readonly is: readonly string[];
  readonly has?: Readonly<Record<string, Shape>>;
  readonly of?: Shape;
}

/** What is wrong with a value, in words that begin with where; undefined if nothing is. */
export function mistake(value: unknown, shape: Shape, where = ""): string | undefined {
  const kind = kindOf(value);
  if (!shape.is.includes(kind) && !(kind === "integer" && shape.is.includes("number"))) {
    return `${where || "it"} is ${value === undefined ? "missing" : `not ${shape.is.join(" or ")}`}`;
  }
  if (kind === "array" && shape.of !== undefined) {
    for (const [n, item] of (value as unknown[]).entries()) {
      const found = mistake(item, shape.of, `${where}[${String(n)}]`);
      if (found !== undefined) {
        return found;
      }
    }
  }
  if (kind === "object") {
    for (const [key, part] of Object.entries(shape.has ?? {})) {
      const own = Object.hasOwn(value as object, key);
      const item = own ? (value as Record<string, unknown>)[key] : undefined;
      const found = mistake(item, part, where ? `${where}.${key}` : key);
      if (found !== undefined) {
        return found;
      }
    }
  }
  return undefined;
}

function kindOf(value: unknown): string {
  if (value === null) {
    return "null";
  }
  if (Array.isArray(value)) {
    return "array";
  }
  if (typeof value === "number") {
    // 1e999 is a number to JSON, and Infinity here
    return Number.isSafeInteger(value) ? "integer" : Number.isFinite(value) ? "number" : "too large";
  }
  return typeof value;
}
