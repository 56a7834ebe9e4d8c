"""CertMap beside Require: its own kinds, and httpd's."""

import pytest

from client import password
from httpd_setup import user_file

RULES = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    subject.O == Example
    CertMapUser     {subject.CN}
</CertMapRule>
<CertMapRule people>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/people.map
</CertMapRule>
<CertMapRule anyone>
    CertMapUser     {subject.CN}
</CertMapRule>
<CertMapRule down>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapLDAPURL  "ldap://127.0.0.1:1/dc=example?uid?sub?(mail={email})"
</CertMapRule>
<CertMapRule partner>
    CertMapIssuedBy conf/partner-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>
"""
USE = "AuthType ClientCert\nCertMapUse people staff\n"
REQUIRES = {
    "granted": "Require all granted",
    "ip": "Require ip 127.0.0.1",
    "ip-or-user": "<RequireAny>\nRequire ip 10.9.8.7\nRequire valid-user\n</RequireAny>",
    "local-or-user": "<RequireAny>\nRequire ip 127.0.0.1\nRequire valid-user\n</RequireAny>",
    "user": "Require user dave bob",
    "not-user": "<RequireAll>\nRequire valid-user\nRequire not user bob\n</RequireAll>",
    "group": "AuthGroupFile conf/groups\nRequire group wheel",
    "env": "Require env CERTMAP_RULE",
    "denied": "Require all denied",
    "expr": "Require expr \"reqenv('CERTMAP_RULE') == 'people'\"",
    "expr-user": "Require expr \"%{REMOTE_USER} == 'bob'\"",
    "rule": "Require certmap-rule partner people",
    "certmap-group": 'Require certmap-group wheel "power users"',
    "not-group": "<RequireAll>\nRequire valid-user\nRequire not certmap-group wheel\n</RequireAll>",
    "strong": "Require certmap-strength strong",
    "issuer": "Require certmap-strength issuer",
}
WEAK = "AuthType ClientCert\nCertMapUse anyone\n"
PLACES = {name: USE + text for name, text in REQUIRES.items()}
PLACES["weak"] = WEAK + "Require certmap-strength issuer"
PLACES["weak/any"] = WEAK + "Require valid-user"
DOWN = "AuthType ClientCert\nCertMapUse down\n"
ANY = "Order deny,allow\nDeny from all\nSatisfy Any\n"
BASIC = "AuthType Basic\nAuthName x\nAuthUserFile conf/users\nCertMapUse people staff\n"
PLACES |= {
    "any/env": USE + ANY + "Require env CERTMAP_RULE", "down/env": DOWN + "Require env CERTMAP_RULE",
    "down/user": DOWN + "Require valid-user", "down/any": DOWN + ANY + "Require env CERTMAP_RULE",
    "down/local": DOWN + "Require ip 127.0.0.1", "sufficient/env": BASIC + "Require env CERTMAP_RULE",
    "required": BASIC + "CertMapControl required\nRequire env CERTMAP_RULE",
}
GROUPS = ["wheel", '"power users"', "power", "users", "whee", "WHEEL", "nobody wheel"]
PLACES.update({f"groups/{number}": f"{USE}Require certmap-group {groups}"
               for number, groups in enumerate(GROUPS)})
VHOST = "".join(f'<Location "/cgi/env/{name}">\n{text}\n</Location>\n' for name, text in PLACES.items())
SERVER = dict(main=RULES, vhost=VHOST, modules=("access_compat",), files={
    "conf/users": user_file("bob", "carol"),
    "conf/people.map": 'email:bob@example.com bob "groups=wheel,power users"\n',
    "conf/groups": "wheel: bob\n"})


@pytest.fixture(scope="module")
def keyed(serve, pki):
    """bob, known by his key: a strong mapping."""
    return serve(**{**SERVER, "files": {"conf/groups": "", "conf/people.map":
                                        f"spki:{pki.bob.spki_sha256} bob\n"}})


def statuses(httpd, pki, place):
    return [httpd.get(f"/cgi/env/{place}", cert).status for cert in (pki.alice, pki.bob, pki.carol, None)]


# alice maps by "staff", bob by "people"; carol maps by neither.
@pytest.mark.parametrize("place, expected", [
    ("granted", [200, 200, 200, 200]), ("ip", [200, 200, 200, 200]), ("local-or-user", [200, 200, 200, 200]),
    ("ip-or-user", [200, 200, 403, 403]), ("user", [403, 200, 403, 403]), ("not-user", [200, 403, 403, 403]),
    ("group", [403, 200, 403, 403]), ("env", [200, 200, 403, 403]), ("expr", [403, 200, 403, 403]),
    ("expr-user", [403, 200, 403, 403]), ("rule", [403, 200, 403, 403]),
    ("certmap-group", [403, 200, 403, 403]), ("not-group", [200, 403, 403, 403]),
    ("strong", [403, 403, 403, 403]), ("issuer", [200, 200, 403, 403]), ("weak", [403, 403, 403, 403]),
    ("weak/any", [200, 200, 200, 403]),
])
def test_require(httpd, pki, place, expected):
    assert statuses(httpd, pki, place) == expected


def test_require_strong(keyed, pki):
    assert statuses(keyed, pki, "strong") == [403, 200, 403, 403]
    assert statuses(keyed, pki, "issuer") == [200, 200, 403, 403]


@pytest.mark.parametrize("groups, status", [
    ("wheel", 200), ('"power users"', 200), ("power", 403), ("users", 403), ("whee", 403),
    ("WHEEL", 403), ("nobody wheel", 200)])
def test_require_certmap_group_compares_whole_values(httpd, pki, groups, status):
    assert httpd.get(f"/cgi/env/groups/{GROUPS.index(groups)}", pki.bob).status == status


@pytest.mark.parametrize("place", ["granted", "ip", "local-or-user"])
@pytest.mark.parametrize("who", ["carol", None])
def test_where_everyone_may_enter_nobody_is_refused(httpd, pki, place, who):
    seen = httpd.watch()
    response = httpd.get(f"/cgi/env/{place}", who and getattr(pki, who))
    assert response.status == 200 and "REMOTE_USER" not in response.env
    seen.events(0, requests=1)
    assert not [line for line in seen.errors("[certmap:info]") if "no_" in line]


def test_a_failing_require_is_403_for_a_mapped_user(httpd, pki):
    seen = httpd.watch()
    response = httpd.get("/cgi/env/user", pki.alice)
    assert response.status == 403 and "WWW-Authenticate" not in response.headers


def test_whom_require_refuses_is_in_the_audit_log_each_time(httpd, pki):
    seen = httpd.watch()
    with httpd.connect(pki.alice) as connection:
        for place in ("issuer", "user", "user", "granted", "user"):
            connection.get(f"/cgi/env/{place}")
    success, *failures = seen.events(4, requests=5)
    assert (success["event"]["outcome"], success["url"]["path"]) == ("success", "/cgi/env/issuer")
    for event in failures:
        assert (event["event"]["outcome"], event["event"]["reason"]) == ("failure", "mapped")
        assert event["error"]["message"] == "Require refused the account alice"
        assert event["rule"]["name"] == "staff" and event["url"]["path"] == "/cgi/env/user"
        assert "user" not in event and "strength" not in event["certmap"]


def test_no_success_is_told_of_whom_require_refuses(httpd, pki):
    """It was, and the next request of the connection was not told of then."""
    seen = httpd.watch()
    with httpd.connect(pki.alice) as connection:
        assert [connection.get(f"/cgi/env/{place}").status for place in ("user", "issuer")] == [403, 200]
    assert [event["event"]["outcome"] for event in seen.events(2)] == ["failure", "success"]


def test_what_require_refuses_before_the_password_is_asked(httpd, pki):
    """The account is known only after the password; but an administrator who waits for it is told."""
    seen = httpd.watch()
    assert httpd.get("/cgi/env/required", pki.bob, password("bob")).status == 403
    assert seen.events(1)[0]["error"]["message"] == "Require refused the account bob"


# Where Require asks for what only a mapped request has

@pytest.mark.parametrize("place", ["env", "expr", "expr-user", "denied", "any/env"])
@pytest.mark.parametrize("who, reason", [("carol", "no_rule_matched"), (None, "no_certificate")])
def test_a_refusal_was_httpds_own_and_left_no_trace(httpd, pki, place, who, reason):
    seen = httpd.watch()
    assert httpd.get(f"/cgi/env/{place}", who and getattr(pki, who)).status == 403
    assert seen.events(1)[0]["event"]["reason"] == reason
    assert seen.access(1)[0].reason == reason
    assert len([line for line in seen.errors("CM0012: refused: ") if reason in line]) == 1


@pytest.mark.parametrize("place", ["down/env", "down/user", "down/any"])
def test_a_directory_that_is_down_was_403(httpd, pki, place):
    seen = httpd.watch()
    assert httpd.get(f"/cgi/env/{place}", pki.alice).status == 503
    assert seen.events(1)[0]["event"]["reason"] == "backend_unavailable"


def test_a_refusal_does_not_matter_where_require_is_content(httpd, pki):
    seen = httpd.watch()
    assert httpd.get("/cgi/env/down/local", pki.alice).status == 200
    seen.events(0, requests=1)


def test_who_may_still_come_by_a_password_is_not_refused_by_certmap(httpd, pki):
    """Nor let in: `Require env` does not wait for the password."""
    seen = httpd.watch()
    assert httpd.get("/cgi/env/sufficient/env", pki.carol, password("carol")).status == 403
    seen.events(0, requests=1)


HTACCESS = {"wrong": "Require certmap-rule typo", "right": "Require certmap-rule people",
            "not": "<RequireAll>\nRequire all granted\nRequire not certmap-rule staff typo\n</RequireAll>"}


def test_a_name_in_htaccess_that_is_no_rule_lets_nobody_in(serve, pki):
    httpd = serve(main=RULES, after=f'<Directory "${{ROOT}}/htdocs">\nAllowOverride AuthConfig\n{USE}</Directory>',
                  files={"conf/people.map": "email:bob@example.com bob\n", **{
                      f"htdocs/{name}/{file}": text + "\n" for name, lines in HTACCESS.items()
                      for file, text in ((".htaccess", lines), ("page.html", "x"))}})
    assert httpd.get("/right/page.html", pki.bob).status == 200
    for name, line in (("wrong", 1), ("not", 3)):
        seen = httpd.watch()
        assert httpd.get(f"/{name}/page.html", pki.bob).status == 500
        said = seen.error("there is no <CertMapRule typo> in this virtual host or the main server; "
                          "defined here: anyone down partner people staff")
        assert f"{httpd.path(f'htdocs/{name}/.htaccess')}:{line}: Require certmap-rule: " in said
