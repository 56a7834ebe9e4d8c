"""What the tables of docs/tasks/ put side by side is the same."""

import re

import pytest

import der
from documents import read, section, table
from pki import Ca, email, upn

ROWS = [[re.search("`([^`]+)`", cell)[1] for cell in row]
        for row in table(section(read("docs/tasks/from-sslusername.md"), "## 1. Write the rule"))[1:]]
SERVER = dict(
    main="".join(f"<CertMapRule r{number}>\nCertMapIssuedBy conf/corp-ca.pem\n{line}\n</CertMapRule>\n"
                 for number, (_, line) in enumerate(ROWS)),
    vhost="".join(f'<Location "/cgi/env/was/{number}">\n{old}\n</Location>\n'
                  f'<Location "/cgi/env/is/{number}">\nAuthType ClientCert\nCertMapUse r{number}\nRequire valid-user\n</Location>\n'
                  for number, (old, _) in enumerate(ROWS)))


def test_the_table_has_rows():
    assert len(ROWS) > 5


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[old for old, _ in ROWS])
def test_a_rule_gives_the_account_that_sslusername_gave(httpd, pki, number):
    cert = pki.issuing.issue(["O=Example", "UID=al", "emailAddress=a@example.com", "CN=alice"], serial=0x0A1B2C,
                             san=[email("first@example.com"), email("second@example.com"), upn("alice@corp.example")])
    was, now = (httpd.get(f"/cgi/env/{when}/{number}", cert).env.get("REMOTE_USER") for when in ("was", "is"))
    assert was and was == now


def test_cea_writes_hex_in_lower_case(make_httpd, pki):
    odd = Ca("O=Example", ("2.3.4.5", der.UTF8, "jklm"))
    httpd = make_httpd(**{**SERVER, "files": {"conf/corp-ca.pem": odd.pem, "conf/client-cas.pem": odd.pem}})
    (number,) = [number for number, (old, _) in enumerate(ROWS) if "CEA" in old]
    cert = odd.issue()
    with httpd:
        was, now = (httpd.get(f"/cgi/env/{when}/{number}", cert).env["REMOTE_USER"] for when in ("was", "is"))
    assert was != now and was.lower() == now.lower() and "2.3.4.5=#0c046a6b6c6d" in now
