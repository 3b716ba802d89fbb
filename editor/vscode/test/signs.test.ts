import assert from "node:assert/strict";
import { test } from "node:test";

import { KEYBOARD, MOUSE, Signs, type WindowState } from "../src/presence/signs";
import { ManualClock } from "./clock";

const AWAY: WindowState = { focused: true, active: false };
const HERE: WindowState = { focused: true, active: true };
const ELSEWHERE: WindowState = { focused: false, active: true };
const COMMAND = 3;

class Tried {
  readonly clock = new ManualClock();
  count = 0;
  readonly signs: Signs;

  constructor(state: WindowState) {
    this.signs = new Signs(() => (this.count += 1), this.clock.now, state);
  }

  /** How many signs an event gave. */
  of(event: (signs: Signs) => void): number {
    const before = this.count;
    event(this.signs);
    return this.count - before;
  }
}

test("a key, a button or a touch after a pause is a sign", () => {
  assert.equal(new Tried(AWAY).of((signs) => signs.changed(HERE, true)), 1);
  assert.equal(new Tried(AWAY).of((signs) => signs.changed(HERE, false)), 1);
});

test("what an editor believes at its start is no sign", () => {
  const tried = new Tried(HERE);
  assert.equal(tried.count, 0);
  assert.equal(tried.of((signs) => signs.changed(HERE, true)), 0);
});

test("while someone is active, each answer of the window is a sign; otherwise none is", () => {
  assert.equal(new Tried(HERE).of((signs) => signs.answered()), 1);
  assert.equal(new Tried(AWAY).of((signs) => signs.answered()), 0);
  assert.equal(new Tried(ELSEWHERE).of((signs) => signs.answered()), 0);
});

test("the end of activity is a sign of what came before it, but not when a window thaws", () => {
  assert.equal(new Tried(HERE).of((signs) => signs.changed(AWAY, true)), 1);
  assert.equal(new Tried(HERE).of((signs) => signs.changed(AWAY, false)), 0);
});

test("to leave the window is a sign of someone who was active, and not of a screen that locks itself", () => {
  assert.equal(new Tried(HERE).of((signs) => signs.changed(ELSEWHERE, true)), 1);
  const gone = { focused: false, active: false };
  assert.equal(new Tried(AWAY).of((signs) => signs.changed(gone, true)), 0);
  // a hidden window says so two minutes late
  assert.equal(new Tried(ELSEWHERE).of((signs) => signs.changed(gone, true)), 0);
});

test("a selection by keyboard or mouse is a sign while someone is active", () => {
  for (const kind of [KEYBOARD, MOUSE]) {
    assert.equal(new Tried(HERE).of((signs) => signs.selected("a", kind)), 1);
    assert.equal(new Tried(AWAY).of((signs) => signs.selected("a", kind)), 0);
    assert.equal(new Tried({ focused: true }).of((signs) => signs.selected("a", kind)), 1);
  }
});

test("a selection by a program is none, and neither is the scrolling that follows", () => {
  for (const kind of [undefined, COMMAND]) {
    const tried = new Tried(AWAY);
    assert.equal(tried.of((signs) => signs.selected("a", kind)), 0);
    assert.equal(tried.of((signs) => signs.scrolled("a", 7)), 0);
  }
});

test("scrolling is a sign in a window that has the focus", () => {
  assert.equal(new Tried(AWAY).of((signs) => signs.scrolled("a", 7)), 1);
  assert.equal(new Tried(ELSEWHERE).of((signs) => signs.scrolled("a", 7)), 0);
});

test("a text that changes or is shown comes into view by itself, and another one is scrolled to", () => {
  const tried = new Tried(AWAY);
  tried.signs.moved("a");
  assert.equal(tried.of((signs) => signs.scrolled("a", 7)), 0);
  assert.equal(tried.of((signs) => signs.scrolled("b", 7)), 1);
  tried.clock.goTo(1_000);
  assert.equal(tried.of((signs) => signs.scrolled("a", 8)), 0);
  tried.clock.goTo(1_001);
  assert.equal(tried.of((signs) => signs.scrolled("a", 9)), 1);
});

test("a panel that opens makes a text shorter, and that is no scrolling", () => {
  const tried = new Tried(AWAY);
  tried.signs.shown("a", 7);
  tried.clock.goTo(2_000);
  assert.equal(tried.of((signs) => signs.scrolled("a", 7)), 0);
  assert.equal(tried.of((signs) => signs.scrolled("a", 8)), 1);
  tried.signs.closed("a");
  assert.equal(tried.of((signs) => signs.scrolled("a", 8)), 1);
});
