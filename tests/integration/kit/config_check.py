"""Mistakes in a configuration: what `httpd -t` says of a text."""

import contextlib
import re

from server import Httpd

ANCHOR = "# what is tested"


@contextlib.contextmanager
def config_checker(pki, files):
    """check(text) tests any text in server config: exit code, output, and numbers of the lines that it names; check.root is ServerRoot."""
    httpd = Httpd(pki, main=ANCHOR, log_level="emerg", audit="", files=files)
    base = httpd.read("conf/httpd.conf")
    first = base[:base.index(ANCHOR)].count("\n")

    def check(text, log_level="emerg"):
        httpd.write("conf/httpd.conf", base.replace(ANCHOR, text).replace("LogLevel emerg", f"LogLevel {log_level}"))
        code, output = httpd.test_config()
        named = re.findall(re.escape(httpd.conf) + r":(\d+)", output)
        named += re.findall(r"on line (\d+) of " + re.escape(httpd.conf), output)
        return code, output, {int(number) - first for number in named}
    check.root = httpd.root
    yield check
    httpd.stop()


def lines_of(text, part):
    """Numbers of the lines that have one of the |-separated parts; of the last ones."""
    return {text[:text.rindex(each)].count("\n") + 1 for each in part.split("|") if each in text}


def is_told(checked, text, wrong, words):
    """Of a text that is refused: one of the lines with one of the parts `wrong`, and each word, or one of `a|b`."""
    code, output, named = checked
    assert code != 0, output
    assert named & lines_of(text, wrong), output
    assert not re.search(r"(CertMap\w+): \1\b", output), output
    message = re.sub(r"\S+httpd\.conf", "", output)
    for word in words:
        assert any(each in message for each in word.split("|")), output
