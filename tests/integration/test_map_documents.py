"""docs/map-file.md: each example is a map file without errors, each message is what httpd says."""

import os
import re

from documents import each_block
from httpd_setup import TREE

RULE = "<CertMapRule m>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapFile conf/m.map\n</CertMapRule>"

with open(os.path.join(TREE, "docs/map-file.md"), encoding="utf-8") as document:
    TEXT = document.read()
ERRORS = re.findall(r"^\| `(.*)` \| `(.*)` \|$", TEXT, re.M)


def config_test(make_httpd, text):
    return make_httpd(main=RULE, files={"conf/m.map": text}).test_config()


@each_block("certmap")
def test_each_example_is_accepted(make_httpd, block):
    code, output = config_test(make_httpd, block.text)
    assert code == 0, output


def test_each_message_is_what_httpd_says(make_httpd):
    assert len(ERRORS) > 10
    first = "email:dup@example.com first\n"
    code, output = config_test(make_httpd, first + "\n".join(line for line, _ in ERRORS))
    assert code != 0
    for number, (line, message) in enumerate(ERRORS, 2):
        assert re.search(rf"/conf/m\.map:{number}: {re.escape(message)}", output), line
