"""Virtual hosts for certmapctl explain: `hosts` is a running server with the names NAMED, once(…) one of
the test's own; own_host(NAME, LINES…) is the text of a virtual host with TLS that says nothing else of clients."""

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


PLACE = section("Location", "/", USE)


@pytest.fixture
def once(make_httpd):
    """once("lines of the virtual host", …): a running server that is removed at the test's end."""
    def start(lines="", files=None, **how):
        return make_httpd(main=RULE, location=USE, vhost=lines, files=files, **how).start()
    return start


def line_at(httpd, text):
    return f"{text} ({httpd.conf}:{httpd.line_of(text)})"


def first_line(told):
    line = told.text.splitlines()[0]
    assert line == told.answer
    return line


def own_host(name, *lines):
    return f"""
<VirtualHost 127.0.0.1:${{PORT}}>
    ServerName {name}.example.test
    SSLEngine on
    SSLCertificateFile conf/server.pem
    SSLCACertificateFile conf/client-cas.pem
    {AUDIT}
    {PLACE}
    {"".join(lines)}
</VirtualHost>
"""
