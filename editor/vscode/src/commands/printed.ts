// What programs print, by the names of the documents that show it. Nothing of an editor is in here.

const LONGEST = 1_000_000; // characters of a text
const KEPT = 20; // texts: what was shown before is not kept for ever

/** The texts of documents. `changed` is told the name of one that is another now. */
export class Printed {
  private readonly texts = new Map<string, { text: string }>();

  constructor(private readonly changed: (name: string) => void) {}

  /** What a document has in it; nothing if it is not known any more. */
  text(name: string): string {
    return this.texts.get(name)?.text ?? "";
  }

  /** Begin a text, in place of the one of that name. What is returned adds to it, until there is another. */
  begin(name: string): (part: string) => void {
    const own = { text: "" };
    this.texts.delete(name); // so that it is the newest
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
