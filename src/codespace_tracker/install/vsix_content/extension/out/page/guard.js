"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.guarded = guarded;
const POLICY = [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "img-src data:",
    "style-src 'unsafe-inline'",
].join("; ");
function guarded(page) {
    const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`;
    return `<!doctype html>${policy}${page}`;
}
