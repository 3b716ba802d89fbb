// Texts of others (labels, notices, what a program printed) as they may be shown.

/** What has no width, changes the direction of what follows, or ends a line. */
const UNSHOWN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A text on one line, of `most` characters or less, that an editor takes for nothing but a text. */
export function plain(text: string, most: number): string {
  const shown = [...text.slice(0, 4 * most).replace(/\s+/g, " ").replace(UNSHOWN, "\uFFFD")];
  const short = shown.length > most ? `${shown.slice(0, most - 1).join("")}…` : shown.join("");
  // A notification takes `[text](command:…)` for a link, a pick list `$(name)` for an icon, and a
  // hover an address for a link. With a thin space in it, it is none.
  return short.replace(/[\]$](?=\()|:(?=\/\/)|\bwww(?=\.)|@/gi, "$&\u2009");
}
