"""Virtual hosts for certmapctl explain: `hosts` is a running server with the names NAMED."""

import pytest

from httpd_setup import AUDIT, virtual_host

RULE = """
<CertMapRule cn>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>
"""
RULE_O = RULE.replace("cn>", "organization>").replace("{subject.CN}", "{subject.O}")
USE = "AuthType ClientCert\nCertMapUse cn\nRequire valid-user\n"


def section(kind, argument, lines):
    return f'<{kind} {argument}>\n{lines}\n</{kind}>\n'


NAMED = dict(main=RULE, location=USE, after="".join([
    virtual_host("a", AUDIT, RULE.replace("{subject.CN}", "a-{subject.CN}"),
                 "ServerAlias aka.example.test *.wild.example.test", section("Location", "/", USE)),
    virtual_host("b", AUDIT, RULE.replace("{subject.CN}", "b-{subject.CN}"), section("Location", "/", USE)),
    virtual_host("a", AUDIT, port="${PLAIN_PORT}", engine="off")]))


@pytest.fixture(scope="module")
def hosts(serve):
    return serve(**NAMED)
