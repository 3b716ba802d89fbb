"use strict";
(() => {
  const minutes = Number(document.documentElement.dataset.minutes);
  const note = document.getElementById("live");
  let store;
  try { store = sessionStorage; store.getItem("touched"); } catch { return; }
  const touch = () => {
    store.setItem("touched", String(Date.now()));
    if (timer === undefined) start();
  };
  const isRested = () => Date.now() - Number(store.getItem("touched")) >= minutes * 60000;
  let timer;
  const tick = () => {
    if (isRested()) {
      clearInterval(timer);
      timer = undefined;
      note.textContent = `Paused after ${minutes} minutes without a key or a click, as a page that is only open must not keep a codespace awake. Any key or click goes on.`;
      return;
    }
    if (document.visibilityState !== "visible") return;
    const open = [...document.querySelectorAll("details")].flatMap((one, n) => one.open ? [n] : []);
    store.setItem("open", JSON.stringify(open));
    store.setItem("again", "1");
    location.reload();
  };
  const start = () => { timer = setInterval(tick, 60000); };
  if (store.getItem("again") === "1") {
    store.removeItem("again");
    const all = document.querySelectorAll("details");
    for (const n of JSON.parse(store.getItem("open") || "[]")) if (all[n]) all[n].open = true;
  } else {
    store.setItem("touched", String(Date.now()));
  }
  for (const kind of ["keydown", "pointerdown", "wheel"]) addEventListener(kind, touch, { passive: true });
  start();
})();
