"""CertMapTrial where somebody logs in: what comes before that is not tried, and all that comes after it is."""

import pytest

from client import password
from status_page import PLAIN
from trials import FILES, RULES, Trials

BASIC = "AuthType Basic\nAuthName x\nAuthUserFile conf/users\nRequire valid-user\nCertMapTrial new\n"
FORM = ("AuthType Form\nAuthName x\nAuthFormProvider file\nAuthUserFile conf/users\nSession On\n"
        "SessionCookieName s path=/\nAuthFormLoginRequiredLocation /login.html\nRequire valid-user\nCertMapTrial new\n")
VHOST = f"""
<Location "/application">
    SSLUserName SSL_CLIENT_S_DN_CN
    CertMapTrial new
</Location>
<Location "/certificate">
    AuthType ClientCert
    CertMapUse old
    Require valid-user
    CertMapTrial new
</Location>
<Location "/form">
    {FORM}
</Location>
<Location "/closed">
    Require all denied
    ErrorDocument 403 http://elsewhere.example.com/
    CertMapTrial new
    AuthType ClientCert
    CertMapUse old
</Location>
ProxyRequests On
<Proxy "*">
    {BASIC}
</Proxy>
ScriptAlias /application ${{ROOT}}/cgi/status
ScriptAlias /certificate ${{ROOT}}/cgi/status
"""
MODULES = ("auth_form", "request", "session", "session_cookie", "proxy", "proxy_http")
STATUS = "#!/bin/sh\nprintf 'Status: %s X\\r\\nContent-Type: text/plain\\r\\n\\r\\n' \"${PATH_INFO#/}\"\n"


@pytest.fixture(scope="module")
def httpd(serve):
    return serve(main=RULES, vhost=VHOST, files=FILES, plain=PLAIN, modules=MODULES)


@pytest.fixture(autouse=True)
def application(httpd):
    httpd.write("cgi/status", STATUS, mode=0o755)


def tried_at(httpd, cert, path, headers=None):
    """The status, and what was counted beside a request that is always the same."""
    tried = Trials(httpd)
    with httpd.connect(cert) as connection:
        status = connection.get(path, headers).status
    assert httpd.get("/application/200", cert).status == 200
    return status, tried


@pytest.mark.parametrize("path, status", [("/form", 302), ("http://elsewhere.example.com/", 407)])
def test_what_leads_to_the_login_is_not_tried(httpd, pki, path, status):
    answer, tried = tried_at(httpd, pki.alice, path)
    assert answer == status
    assert tried.after(1) == ({("new", "same"): 1}, [])


@pytest.mark.parametrize("path", ["/application/401", "/certificate/401", "/application/407", "/application/302"])
def test_what_an_application_answers_is_tried_whatever_it_is(httpd, pki, path):
    answer, tried = tried_at(httpd, pki.bob, path)
    assert answer == int(path[-3:])
    assert tried.after(2)[0] == {("new", "different"): 2}


def test_a_password_for_the_proxy_is_tried(httpd, pki):
    for who, status in (("bob", 200), ("nobody", 407)):
        headers = {"Proxy-Authorization": password(who)["Authorization"]}
        answer, tried = tried_at(httpd, pki.bob, f"http://127.0.0.1:{httpd.plain_port}/page.html", headers)
        assert answer == status
        assert tried.after(2)[0] == {("new", "different"): 2}


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_a_refusal_whose_document_is_elsewhere_is_tried(httpd, pki, who):
    answer, tried = tried_at(httpd, getattr(pki, who), "/closed")
    assert answer == 302
    assert sum(tried.after(2)[0].values()) == 2
