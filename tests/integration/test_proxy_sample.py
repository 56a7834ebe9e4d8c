"""conf/examples/proxy.conf before a real application: what a client forges does not reach it."""

import itertools
import json
import re

import pytest

from client import password
from documents import DIRECTIVES_MD, code_blocks, read
from samples import HOST, authorities, issue, run_sample, sample  # noqa: F401 (fixtures)
from test_samples import comment_lines
from wsgi_backend import WsgiBackend

FILE = "examples/proxy.conf"


def spellings(name):
    """Each - as it is, and as _: one variable for most applications."""
    for separators in itertools.product("-_", repeat=name.count("-")):
        yield re.sub("-", lambda _, left=iter(separators): next(left), name)


FORGED = {**{each: "root" for each in spellings("X-Remote-User")},
          **{each: "wheel" for each in spellings("X-Remote-Groups")},
          **{each.lower(): "root" for each in spellings("X-REMOTE-USER")}, **password("root")}


RULE = "<CertMapRule staff>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapUser {subject.CN}\n</CertMapRule>"


def taking(*names):
    """Headers that name them: as they are, among others, and so that a name which is taken out makes another."""
    for name in names:
        nested = name[:-2] + name + name[-2:]
        for value in (name, name.upper() + ",close", f"keep-alive, {name}, x-other, upgrade", nested):
            yield {"Connection": value}
        yield {"Connection": "keep-alive", "connection": nested}
    yield {"Connection": ", ".join(names)}


@pytest.fixture
def backend():
    with WsgiBackend() as application:
        yield application


@pytest.fixture
def alice(issue):  # noqa: F811
    return issue("corp", mail="alice@example.com")


@pytest.fixture
def serve_proxy(run_sample, backend):  # noqa: F811
    def run(line=None, mapping=""):
        return run_sample(FILE, {"conf/staff.map": line or comment_lines(sample(FILE), "email:")},
                          modules=("proxy", "proxy_http"),
                          change=lambda text: text.replace("127.0.0.1:8080", f"127.0.0.1:{backend.port}").replace(
                              '"${BACKEND}/"\n', f'"${{BACKEND}}/"{mapping}\n'))
    return run


def told(httpd, cert, path="/page", forged=FORGED):
    """What the application is told of the user, under whatever name, or the status."""
    answer = httpd.get(path, cert, forged, sni=HOST)
    names = re.compile("HTTP_(X_REMOTE_.*|AUTHORIZATION)$")
    return {name: value for name, value in answer.env.items() if names.match(name)} or answer.status


def test_forged_headers_do_not_reach_the_application(serve_proxy, alice):
    httpd = serve_proxy()
    true = {"HTTP_X_REMOTE_USER": "alice", "HTTP_X_REMOTE_GROUPS": "ops,web"}
    assert told(httpd, alice, forged={}) == told(httpd, alice) == true
    assert told(httpd, None) == 403
    assert told(httpd, alice, "/public") == true


def test_an_anonymous_request_has_no_empty_header(serve_proxy):
    httpd = serve_proxy()
    assert told(httpd, None, "/public") == told(httpd, None, "/public", {}) == 200


def test_a_client_cannot_take_the_headers_away(serve_proxy, alice):
    """Connection: NAME ends a header at the proxy (RFC 9110, section 7.6.1), also one that httpd has set."""
    true = {"HTTP_X_REMOTE_USER": "alice", "HTTP_X_REMOTE_GROUPS": "ops,web"}
    httpd = serve_proxy()
    for taken in taking("X-Remote-User", "X-Remote-Groups"):
        assert told(httpd, alice, forged=taken) == true, taken
    for ending in ("close", "close, X-Remote-User"):
        ended = httpd.get("/page", alice, {"Connection": ending}, sni=HOST)
        assert ended.headers["Connection"] == "close", ending


def test_a_client_cannot_take_the_header_of_the_directives_away(make_httpd, backend, pki):
    place = next(each for each in code_blocks(read(DIRECTIVES_MD)) if "RequestHeader" in each)
    httpd = make_httpd(main=RULE, vhost=place.replace("</Location>", f'ProxyPass "http://127.0.0.1:{backend.port}"\n</Location>'),
                       modules=("proxy", "proxy_http")).start()
    for taken in ({}, *taking("Remote-User")):
        assert httpd.get("/app", pki.alice, taken).env.get("HTTP_REMOTE_USER") == "alice", taken


@pytest.mark.parametrize("path", ["/public/..;/admin", "/public/..;a=b/admin", "/public/%2e%2e;/admin"])
def test_a_path_that_servlets_read_otherwise_is_refused_with_mapping(serve_proxy, path):
    """What the sample says of /public/..;/admin."""
    assert serve_proxy().get(path, sni=HOST).status == 200
    httpd = serve_proxy(mapping=" mapping=servlet")
    assert (httpd.get(path, sni=HOST).status, httpd.get("/public/page", sni=HOST).status) == (403, 200)


def test_a_page_of_httpd_is_not_asked_of_the_application(serve_proxy, alice):
    page = serve_proxy().get("/whoami", alice, {"Accept": "application/json"}, sni=HOST)
    assert json.loads(page.text)["account"] == "alice"


def test_an_account_without_groups_has_no_header_of_groups(serve_proxy, alice):
    assert told(serve_proxy("email:alice@example.com alice"), alice) == {"HTTP_X_REMOTE_USER": "alice"}


@pytest.mark.parametrize("group, name", [("a;b", "a;b"), ("back\\\\", "back\\"), ("c\\\\d;\\\\;", "c\\d;\\;"), (";", ";")])
def test_groups_with_the_delimiter_in_their_names(serve_proxy, alice, group, name):
    httpd = serve_proxy(f'email:alice@example.com alice "groups=one,{group},two,three"')
    assert told(httpd, alice)["HTTP_X_REMOTE_GROUPS"] == f"one,{name},two,three"


def test_remote_user_with_an_e_is_no_user(make_httpd, pki):
    """What the sample's comment says of %{REMOTE_USER}e."""
    httpd = make_httpd(vhost='RequestHeader set X-User "%{REMOTE_USER}e"', location="AuthType ClientCert\n"
                       "CertMapUse staff\nRequire valid-user", main=RULE)
    with httpd:
        assert httpd.whoami(pki.alice)["HTTP_X_USER"] == "(null)"
