"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.PAGE = void 0;
exports.guarded = guarded;
exports.PAGE = "codespaceTracker.page";
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
