"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.plain = plain;
const UNSHOWN = /[\p{C}\p{Zl}\p{Zp}]/gu;
function plain(text, most) {
    const shown = [...text.slice(0, 4 * most).replace(/\s+/g, " ").replace(UNSHOWN, "\uFFFD")];
    const short = shown.length > most ? `${shown.slice(0, most - 1).join("")}…` : shown.join("");
    return short.replace(/[\]$](?=\()|:(?=\/\/)|\bwww(?=\.)|@/gi, "$&\u2009");
}
