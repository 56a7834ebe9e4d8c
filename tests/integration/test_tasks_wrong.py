"""A page of docs/tasks/ that is wrong makes its test fail."""

import pytest

import task_page
from task_given import try_page
from task_page import Page, WrongPage

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
