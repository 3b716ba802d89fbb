"""A real Chromium, driven over the DevTools protocol by a pair of pipes: its keys, buttons, touches
and wheel are those of a person to the page.

A client library (playwright, 46 MB; selenium and a driver; pychrome with websockets) would do the
same: it takes 60 lines, and messages end with a zero byte.
"""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Any

PATIENCE_SECONDS = 60.0

_OPTIONS = (
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1270,880",
)

_KEYS = {"Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38, "F1": 112, "Backspace": 8}

_NUMBERS = {"alt": 1, "control": 2, "shift": 8}


class NoAnswer(Exception):
    """The browser did not answer in time."""


class Browser:
    """A Chromium with a profile of its own; `headless` or on the display that is set."""

    def __init__(self, profile: Path, *, headless: bool = True) -> None:
        to_browser, ours = os.pipe()
        theirs, from_browser = os.pipe()[::-1]
        profile.mkdir(exist_ok=True)
        words = [f"--user-data-dir={profile}", *(["--headless=new"] if headless else [])]

        # 3 and 4 are what --remote-debugging-pipe reads and writes
        script = f'exec 3<&{to_browser} 4>&{theirs}; exec chromium "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", script, "chromium", *_OPTIONS, *words, "about:blank"],
            pass_fds=(to_browser, theirs),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "HOME": str(profile)},  # it writes beside its profile, too
        )
        os.close(to_browser)
        os.close(theirs)
        self._ours, self._from = ours, from_browser
        self._last = 0
        self._answers: dict[int, Queue[dict[str, Any]]] = {}
        self.events: Queue[dict[str, Any]] = Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._asked_of_browser("Browser.getVersion")

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        os.close(self._ours)

    def open(self, address: str) -> "Page":
        """A new page in a tab of its own, in front of the others."""
        target = self._asked_of_browser("Target.createTarget", url="about:blank")["targetId"]
        session = self._asked_of_browser("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        page = Page(self, target, session)
        page.ask("Page.enable")
        page.ask("Runtime.enable")
        page.ask("Page.navigate", url=address)
        return page

    def freeze(self) -> None:
        """Stop all of its processes, as a laptop does whose lid is closed."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        os.killpg(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, without a word to the server."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _asked_of_browser(self, method: str, **params: Any) -> dict[str, Any]:
        return self.asked(method, params, None)

    def asked(self, method: str, params: dict[str, Any], session: str | None) -> dict[str, Any]:
        """The answer to a call. Raises NoAnswer, RuntimeError with what the browser objects to."""
        self._last += 1
        number = self._last
        self._answers[number] = Queue()
        message = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._ours, json.dumps(message).encode() + b"\0")
        try:
            answer = self._answers[number].get(timeout=PATIENCE_SECONDS)
        except Empty:
            raise NoAnswer(method) from None
        finally:
            del self._answers[number]
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self) -> None:
        rest = b""
        while part := os.read(self._from, 1 << 16):
            *messages, rest = (rest + part).split(b"\0")
            for message in map(json.loads, messages):
                answers = self._answers.get(message.get("id", 0))
                if answers is not None:
                    answers.put(message)
                elif "method" in message:
                    self.events.put(message)
        os.close(self._from)


class Page:
    """A tab, and the person in front of it."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self._browser, self._target, self._session = browser, target, session

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a call of the DevTools protocol in this page."""
        return self._browser.asked(method, params, self._session)

    def value(self, expression: str) -> Any:
        """What a JavaScript expression is in the page."""
        answer = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def to_front(self) -> None:
        """Choose this tab: the one that was in front is hidden."""
        self.ask("Page.bringToFront")

    def wait_for(self, selector: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until there is such an element. Raises NoAnswer."""
        until = time.monotonic() + seconds
        while not self.value(f"document.querySelector({json.dumps(selector)}) !== null"):
            if time.monotonic() > until:
                raise NoAnswer(f"{selector} in {self.value('document.body.innerText')}")
            time.sleep(0.2)

    def place_of(self, selector: str) -> tuple[float, float]:
        """The middle of an element."""
        found = self.value(
            f"(() => {{ const r = document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()"
        )
        return found[0], found[1]

    def key(self, key: str, *held: str) -> None:
        """Press and release a key: a character, or the name of a key."""
        code = _KEYS.get(key, ord(key[0].upper()))
        about: dict[str, Any] = {
            "key": key,
            "windowsVirtualKeyCode": code,
            "modifiers": sum(_NUMBERS[one] for one in held),
        }
        if len(key) == 1 and not held:
            about["text"] = key
        elif key == "Enter":
            about["text"] = "\r"
        if key in _KEYS:
            about["code"] = key  # what VS Code looks at
        kind = "keyDown" if "text" in about else "rawKeyDown"
        self.ask("Input.dispatchKeyEvent", type=kind, **about)
        about.pop("text", None)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **about)

    def type(self, text: str) -> None:
        """Press the keys of a text, one after the other."""
        for character in text:
            self.key("Enter" if character == "\n" else character)

    def click(self, x: float, y: float) -> None:
        """Press and release the left button."""
        for what in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=what, x=x, y=y, button="left", clickCount=1)

    def move(self, x: float, y: float) -> None:
        """Move the mouse."""
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def scroll(self, x: float, y: float, down: float) -> None:
        """Turn the wheel, by pixels."""
        self.ask("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=down)

    def tap(self, x: float, y: float) -> None:
        """Touch the screen."""
        self.ask("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def picture(self, path: Path) -> None:
        """Save what the page looks like."""
        import base64

        data = self.ask("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))
