import assert from "node:assert/strict";
import { test } from "node:test";

import { hidesInput } from "../src/presence/blindSpots";

const AWAY = { focused: true, active: false };
const drawing = (type: string, isActive: boolean): { isActive: boolean; packageJSON: unknown } => ({
  isActive,
  packageJSON: { contributes: { views: { explorer: [{ id: "tree" }], chat: [{ type }] } } },
});

test("a webview that is in view in a window with the focus may have it", () => {
  assert.equal(hidesInput(AWAY, true, []), true);
  assert.equal(hidesInput(AWAY, false, [drawing("webview", true)]), true);
  assert.equal(hidesInput({ focused: true }, true, []), true);
});

test("without a webview, without the focus, and while someone is seen to be active, nothing hides", () => {
  const others = [drawing("tree", true), drawing("webview", false), { isActive: true, packageJSON: {} }];
  assert.equal(hidesInput(AWAY, false, others), false);
  assert.equal(hidesInput({ focused: false, active: false }, true, [drawing("webview", true)]), false);
  assert.equal(hidesInput({ focused: true, active: true }, true, [drawing("webview", true)]), false);
});
