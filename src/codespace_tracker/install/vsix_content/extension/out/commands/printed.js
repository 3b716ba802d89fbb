"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Printed = void 0;
const LONGEST = 1_000_000;
const KEPT = 20;
class Printed {
    changed;
    texts = new Map();
    constructor(changed) {
        this.changed = changed;
    }
    text(name) {
        return this.texts.get(name)?.text ?? "";
    }
    begin(name) {
        const own = { text: "" };
        this.texts.delete(name);
        this.texts.set(name, own);
        for (const [oldest] of [...this.texts].slice(0, -KEPT)) {
            this.texts.delete(oldest);
        }
        this.changed(name);
        return (part) => {
            if (this.texts.get(name) === own && own.text.length < LONGEST) {
                own.text = (own.text + part).slice(0, LONGEST);
                this.changed(name);
            }
        };
    }
}
exports.Printed = Printed;
