"""Each request pays for each hook: those of CertMapTrial, CertMapKeepCertificates and CertMapControl required are there
only where a line asks for them. mod_info lists all, in httpd's order."""

import re

import pytest

from places import rule

PLACE = """<Location "/hooks">
SetHandler server-info
</Location>
<Location "/page.html">
{}
CertMapUse staff
Require valid-user
</Location>
"""
ALONE = PLACE.format("AuthType ClientCert")
BASIC = "AuthType Basic\nAuthName x\nAuthUserFile conf/users\n"
TRIAL = PLACE.format("AuthType ClientCert\nCertMapTrial staff")
NO_TRIAL = PLACE.format("AuthType ClientCert\nCertMapTrial none")
REQUIRED = PLACE.format(BASIC + "CertMapControl required")
SUFFICIENT = PLACE.format(BASIC + "CertMapControl sufficient")
RULE = rule("staff", "CertMapUser {subject.CN}")
SERVER = dict(main=RULE, vhost=ALONE, modules=("info",), files={"conf/users": ""})
KEEP = "CertMapKeepCertificates kept\n"


def hooks(httpd):
    """Phase and order of each hook of certmap, without what only runs at start."""
    page = httpd.get("/hooks?hooks").text
    page = page[page.index('name="request_hooks"'):]
    phases = re.findall(r"<strong>([^<]+):</strong>(.*?)</dt>", page, re.S)
    return sorted((phase, int(order)) for phase, text in phases
                  for order in re.findall(r'(-?\d+) <a href="\?mod_certmap\.c">', text))


def more(httpd, usual):
    found = hooks(httpd)
    for hook in usual:
        found.remove(hook)
    return found


@pytest.fixture(scope="module")
def usual(serve):
    return hooks(serve(**SERVER))


def configured(make_httpd, **how):
    httpd = make_httpd(**{**SERVER, **how})
    httpd.writable_folder("kept")
    return httpd.start()


def test_hooks_of_what_is_not_used_are_not_there(usual):
    phases = [phase for phase, _ in usual]
    assert phases.count("Transaction Logging") == 1 and phases.count("Fixups") == 2
    assert "Post-Read Request" not in phases


@pytest.mark.parametrize("how, phases", [
    (dict(vhost=TRIAL), ["Check Access (legacy)", "Fixups", "Fixups", "Transaction Logging", "Verify User Access"]),
    (dict(vhost=REQUIRED), ["Post-Read Request", "Verify User ID"]),
    (dict(main=KEEP + RULE), ["Transaction Logging"]),
    (dict(vhost=NO_TRIAL), []),
    (dict(vhost=SUFFICIENT), []),
])
def test_hooks_of_what_is_used_are_there(make_httpd, usual, how, phases):
    assert [phase for phase, _ in more(configured(make_httpd, **how), usual)] == phases


def test_hooks_come_and_go_with_a_restart(make_httpd, usual):
    httpd = configured(make_httpd, vhost=TRIAL)
    text = httpd.read("conf/httpd.conf")
    assert more(httpd, usual)
    for replaced, are_more in ((text.replace("CertMapTrial staff", ""), False), (text, True)):
        httpd.write("conf/httpd.conf", replaced)
        httpd.graceful()
        assert bool(more(httpd, usual)) == are_more
