"""The pages of docs/tasks/ are run as they stand: kit/task_page.py."""

import contextlib
import os
import re

import pytest

import task_page
from documents import files_below, read
from task_given import GIVEN
from task_machine import TaskMachine
from task_page import TASKS, Page, WrongPage, run

INDEX = os.path.join(TASKS, "README.md")
PAGES = [path for path in files_below(TASKS, ".md") if path != INDEX]


def given_for(page):
    before = given_for(page.before) if page.before else []
    return [*before, *GIVEN.get(os.path.basename(page.path), [])]


def try_page(page, pki):
    with contextlib.ExitStack() as stack:
        machine = TaskMachine(pki)
        for needed in given_for(page):
            stack.enter_context(needed(machine, pki))
        stack.enter_context(machine)
        run(page, machine)


@pytest.mark.parametrize("path", PAGES, ids=[os.path.basename(path) for path in PAGES])
def test_the_page_works_as_it_stands(path, pki):
    try_page(Page(path), pki)


def test_each_page_is_in_the_index():
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", read(INDEX)))
    assert linked == {os.path.basename(path) for path in PAGES}


def test_what_is_given_is_for_a_page_that_is_there():
    assert set(GIVEN) <= {os.path.basename(path) for path in PAGES}


# A page that is wrong fails

GOOD = """
`/etc/apache2/sites-enabled/open.conf`:

```apache
<Location "/open">
    Require all granted
</Location>
```

```sh
a2enmod certmap
apachectl graceful
```

```sh
curl -s http://www.example.com/
```

```text
It ...
```

## When it does not work

<!-- wrong -->

```apache
CertMapUse nobody
```

```text
...
CertMapUse: not allowed ...<Location "/">...
```
"""


def test_a_good_page_is_good(pki):
    try_page(Page("good.md", GOOD), pki)


@pytest.mark.parametrize("old, new, word", [
    ("<Location \"/open\">", "<Location \"/open\"", "exit status"),
    ("apachectl graceful", "apachectl gracefully", "exit status"),
    ("apachectl graceful", "apachectl graceful; false", "exit status"),
    ("a2enmod certmap\n", "", "this is printed"),
    ("```sh\na2enmod", "<!-- fails -->\n\n```sh\na2enmod", "a text block behind it"),
    ("It ...", "It does not.", "this is printed"),
    ("It ...", "...\nIt ...\nIt ...", "this is printed"),
    ("It ...", "...", "shows nothing"),
    ("CertMapUse nobody", "ServerName www.example.com", "this is printed"),
    ("CertMapUse: not", "CertMapUsr: not", "this is printed"),
    ("`/etc/apache2/sites-enabled/open.conf`:\n", "", "nothing runs this block"),
    ("<!-- wrong -->", "<!-- nonsense -->", "nothing runs this block"),
    ("<!-- wrong -->\n\n```apache\nCertMapUse nobody\n```\n", "", "no command"),
    ("## When it does not work", "## Else", "When it does not work"),
    ("```sh\ncurl", "```sh fails\ncurl", "more than ``` and one word"),
    ("```sh\ncurl", "```elsewhere\ncurl", "nothing runs this block"),
    ("curl -s", "wget -qO-", "no block runs a request"),
])
def test_a_wrong_page_fails(pki, monkeypatch, old, new, word):
    monkeypatch.setattr(task_page, "PATIENCE", 0.5)
    assert old in GOOD
    with pytest.raises(WrongPage, match=word):
        try_page(Page("wrong.md", GOOD.replace(old, new, 1)), pki)
