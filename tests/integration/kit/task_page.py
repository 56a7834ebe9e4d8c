"""The pages of docs/tasks/, read from top to bottom. CONTRIBUTING.md says how one is written.

    page = Page(path)     .steps, each a Step; .before, the page where it goes on; WrongPage is raised for what cannot be run
    run(page, machine)    does all steps, and those of the pages before; WrongPage says which line is not as it stands
"""

import os
import re
import time
from typing import NamedTuple, Optional

from documents import read

TASKS = "docs/tasks"
FENCE = re.compile(r"(?:^<!-- (\w+) -->\n\n)?^```(\w+)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"`([^`\s]+)`[^`\n]*:\s*\Z")
BEFORE = re.compile(r"goes\s+on\s+where\s+\[[^]]*\]\(([\w-]+\.md)\)\s+ends")
WRONG = ("apache", "certmap")
MESSAGES = "## When it does not work"
PATIENCE = 30  # seconds


class WrongPage(AssertionError):
    pass


class Step(NamedTuple):
    line: int
    what: str               # "run", "fails", "file", "wrong"
    language: str
    text: str
    file: Optional[str]
    shown: Optional[str]    # the text block behind it


class Page:
    def __init__(self, path, text=None):
        self.path, self.text = path, read(path) if text is None else text
        self.steps = list(self._steps())
        found = BEFORE.search(self.text)
        self.before = Page(os.path.join(TASKS, found[1])) if found else None
        self._must_have()

    def wrong(self, line, why):
        return WrongPage(f"{self.path}:{line}: {why}")

    def _steps(self):
        step, end = None, 0
        for found in FENCE.finditer(self.text):
            word, language, text = found.groups()
            line = self.text.count("\n", 0, found.start(2)) + 1
            if language == "text":
                if step is None or step.shown is not None or step.what == "file":
                    raise self.wrong(line, "no command or wrong lines stand before this text")
                if not re.search(r"[^.\s]", text):
                    raise self.wrong(line, "this shows nothing of what is printed")
                step = step._replace(shown=text)
            else:
                if step:
                    yield step
                step = self._step(line, language, word, text, self.text[end:found.start()])
            end = found.end()
        if step:
            yield step

    def _step(self, line, language, word, text, prose):
        file = FILE.search(prose)
        if word == "elsewhere" and language != "sh":
            return None
        if language == "sh" and word in (None, "fails"):
            return Step(line, word or "run", language, text, None, None)
        if word == "wrong" and language in WRONG:
            return Step(line, "wrong", language, text, None, None)
        if word is None and file and language != "sh":
            return Step(line, "file", language, text, file[1], None)
        raise self.wrong(line, "nothing runs this block: name its file before it, or see CONTRIBUTING.md")

    def _must_have(self):
        if len(re.findall(r"^ *```", self.text, re.M)) != 2 * len(FENCE.findall(self.text)):
            raise self.wrong(1, "a block begins with more than ``` and one word, or is indented")
        for step in self.steps:
            if step.what in ("wrong", "fails") and step.shown is None:
                raise self.wrong(step.line, "a text block behind it must show the message")
        asked = [step for step in self.steps if step.language == "sh" and "curl " in step.text and step.shown]
        if not asked:
            raise self.wrong(1, "no block runs a request and shows its answer")
        heading = self.text.find(f"\n{MESSAGES}\n")
        first = self.text.count("\n", 0, heading) + 1
        if heading < 0 or not any(step.line > first and step.shown for step in self.steps):
            raise self.wrong(1, f'no "{MESSAGES}" with a message that a block shows')


def run(page, machine):
    """Goes on where another text is printed, so that all of them are told at once."""
    if page.before:
        run(page.before, machine)
    others = []
    for step in page.steps:
        status, output = _do(step, machine)
        if step.what == "run" and status != 0:
            raise page.wrong(step.line, "\n".join([f"exit status {status}:\n{output}", *others]))
        if step.what == "fails" and status == 0:
            raise page.wrong(step.line, f"this does not fail:\n{output}")
        if step.shown is not None and not is_as_shown(step.shown, output):
            others.append(f"line {step.line}: it shows\n{step.shown}and this is printed:\n{output}")
    if others:
        raise page.wrong(1, "\n".join(others))


def _do(step, machine):
    if step.what == "file":
        machine.write(step.file, step.text)
        return 0, ""
    if step.what == "wrong":
        return machine.say_what_is_wrong(step.language, step.text)
    status, output = machine.run(step.text)
    # A changed map file and a restart are in force soon, not at once.
    end = time.monotonic() + PATIENCE
    while step.shown and step.text.startswith("curl ") and not is_as_shown(step.shown, output) and time.monotonic() < end:
        time.sleep(0.25)
        status, output = machine.run(step.text)
    return status, output


def is_as_shown(shown, printed):
    """`...` is any text inside of a line, and any lines where it stands alone; blanks at the ends do not count."""
    pattern = ""
    for line in shown.strip().splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += r"\s*" + ".*?".join(map(re.escape, line.strip().split("..."))) + r"[^\S\n]*\n"
    return re.fullmatch(pattern + r"\s*", printed.strip() + "\n") is not None
