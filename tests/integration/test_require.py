"""CertMap beside Require: its own kinds, and httpd's."""

import pytest

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
GROUPS = ["wheel", '"power users"', "power", "users", "whee", "WHEEL", "nobody wheel"]
PLACES.update({f"groups/{number}": f"{USE}Require certmap-group {groups}"
               for number, groups in enumerate(GROUPS)})
VHOST = "".join(f'<Location "/cgi/env/{name}">\n{text}\n</Location>\n' for name, text in PLACES.items())
SERVER = dict(main=RULES, vhost=VHOST, files={
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
    seen.access(1)
    assert [event for event in seen.all_events() if event["event"]["outcome"] != "success"] == []
