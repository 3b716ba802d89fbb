"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.mistake = mistake;
function mistake(value, shape, where = "") {
    const kind = kindOf(value);
    if (!shape.is.includes(kind) && !(kind === "integer" && shape.is.includes("number"))) {
        return `${where || "it"} is ${value === undefined ? "missing" : `not ${shape.is.join(" or ")}`}`;
    }
    if (kind === "array" && shape.of !== undefined) {
        for (const [n, item] of value.entries()) {
            const found = mistake(item, shape.of, `${where}[${String(n)}]`);
            if (found !== undefined) {
                return found;
            }
        }
    }
    if (kind === "object") {
        for (const [key, part] of Object.entries(shape.has ?? {})) {
            const own = Object.hasOwn(value, key);
            const item = own ? value[key] : undefined;
            const found = mistake(item, part, where ? `${where}.${key}` : key);
            if (found !== undefined) {
                return found;
            }
        }
    }
    return undefined;
}
function kindOf(value) {
    if (value === null) {
        return "null";
    }
    if (Array.isArray(value)) {
        return "array";
    }
    if (typeof value === "number") {
        return Number.isSafeInteger(value) ? "integer" : Number.isFinite(value) ? "number" : "too large";
    }
    return typeof value;
}
