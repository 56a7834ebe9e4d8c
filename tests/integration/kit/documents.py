"""Reading README.md, docs/ and conf/.

    DOCUMENTS  SAMPLES                              paths from the tree
    section(read(DIRECTIVES_MD), "## Decisions")    what stands under a heading
    table(text)  code_blocks(text, "text")          rows of its tables; its examples
    words("CM[0-9]+", path)                         all matches in a file, which must have one
    @each_block("sh")  def test_…(block)            for each fenced block of a language, in all documents: .path .line .text

A block whose language no @each_block names fails in test_blocks.py, and so does code that is not fenced.
"""

import os
import re
from typing import NamedTuple

import pytest

from httpd_setup import TREE

DIRECTIVES_MD = "docs/directives.md"
LDAP_MD = "docs/ldap.md"


def read(path):
    with open(os.path.join(TREE, path), encoding="utf-8") as file:
        return file.read()


def files_below(folder, ending):
    found = [os.path.relpath(os.path.join(path, name), TREE)
             for path, _, names in os.walk(os.path.join(TREE, folder)) for name in names]
    return sorted(name for name in found if name.endswith(ending))


DOCUMENTS = ["README.md", *files_below("docs", ".md")]
SAMPLES = files_below("conf", ".conf")
# test_tasks.py runs those of docs/tasks/, from the first to the last.
WITH_BLOCKS = [*(path for path in DOCUMENTS if not path.startswith("docs/tasks/")), "CONTRIBUTING.md", "SECURITY.md"]


class Block(NamedTuple):
    path: str
    line: int
    language: str
    text: str


def blocks(path):
    """All fenced blocks, also those in lists, whose indentation goes."""
    text = read(path)
    for found in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.M | re.S):
        lines = re.sub(rf"^{found[1]}", "", found[3], flags=re.M)
        yield Block(path, text.count("\n", 0, found.start()) + 1, found[2], lines)


def each_block(language):
    found = [block for path in WITH_BLOCKS for block in blocks(path) if block.language == language]
    assert found, f"there is no block of {language}"
    return pytest.mark.parametrize("block", found, ids=[f"{block.path}:{block.line}" for block in found])


def section(text, heading):
    """What stands under a heading, up to the next one of its level."""
    level = heading.split(" ")[0]
    start = text.index(f"\n{heading}\n")
    rest = text[start + len(heading) + 2:]
    end = re.search(rf"^#{{1,{len(level)}}} ", rest, re.M)
    return rest[:end.start()] if end else rest


def table(text):
    """Rows of the Markdown tables in a text, without head lines; code marks are taken off."""
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines()
            if line.startswith("|") and not re.match(r"\|[-| ]+\|$", line)]
    return [[cell.strip().replace("\\|", "|") for cell in row] for row in rows]


def code_blocks(text, language="apache"):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def words(pattern, path):
    found = set(re.findall(pattern, read(path)))
    assert found, f"{path} has no {pattern}"
    return found


def words_of(enum, path):
    """What word(ENUM) answers, in a source."""
    (body,) = re.findall(rf"^std::string_view word\({enum} \w+\) {{\n(.*?)^}}", read(path), re.M | re.S)
    return set(re.findall(r'"(\w+)"', body))
