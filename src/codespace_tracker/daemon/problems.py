"""What is wrong at present, said once in debug.log when it comes and shown in `status` as long as
it lasts."""

from codespace_tracker.machine.debug_log import DebugLog


class Problems:
    """The problems of the moment, each under the subject that it is cleared by."""

    def __init__(self, log: DebugLog) -> None:
        self._log = log
        self._texts: dict[str, list[str]] = {}
        self.have_changed = False
        """Whether they are others than when they were shown last."""

    def set(self, subject: str, text: str) -> None:
        """Say that this is wrong with the subject now, in place of what was said of it before."""
        self.set_many(subject, [text])

    def set_many(self, subject: str, texts: list[str]) -> None:
        """Say all that is wrong with the subject now; an empty list clears it."""
        before = self._texts.get(subject, [])
        for text in texts:
            if text not in before:
                self._log.write(f"problem: {text}")
        if before and not texts:
            self._log.write(f"no longer a problem: {subject}")
        self.have_changed = self.have_changed or texts != before
        self._texts[subject] = texts

    def note(self, text: str) -> None:
        """Say in debug.log, once, what is not wrong any more."""
        self._log.write(text)

    def clear(self, subject: str) -> None:
        """The subject is well again."""
        if self._texts.get(subject):
            self.set_many(subject, [])

    def all(self) -> tuple[str, ...]:
        """Every problem, one text each."""
        return tuple(text for texts in self._texts.values() for text in texts)
