// What makes sure that a page shows something and does nothing, no matter who wrote it.

/** The type of the tab; the editor puts a word of its own in front of it. */
export const PAGE = "codespaceTracker.page";

const POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "img-src data:",
  "style-src 'unsafe-inline'",
].join("; ");

/**
 * A page with a policy in front of all that is in it. Where it has one of its own, as the tracker's
 * has, only what both allow is allowed.
 */
export function guarded(page: string): string {
  const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`;
  return `<!doctype html>${policy}${page}`;
}
