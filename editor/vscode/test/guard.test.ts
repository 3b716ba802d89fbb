import assert from "node:assert/strict";
import { test } from "node:test";

import { guarded } from "../src/page/guard";

test("the policy is in front of all that a page has, whatever that is", () => {
  for (const page of ["", "<script>1</script>", "<!doctype html><html><head></head>", "-->", "\0<!--"]) {
    const made = guarded(page);
    assert.ok(made.endsWith(page));
    const before = made.slice(0, made.length - page.length);
    assert.match(before, /^<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'; [^"]*form-action 'none'[^"]*">$/);
    assert.doesNotMatch(before, /script|http:|https:/);
  }
});
