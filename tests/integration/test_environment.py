"""What a mapped request carries, and a refused one does not."""

import pytest

from pki import dns, email, sid_extension, upn

RULES = """
<CertMapRule template>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>
<CertMapRule open-template>
    CertMapUser     {subject.CN}
</CertMapRule>
<CertMapRule map>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/people.map
</CertMapRule>
<CertMapRule open-map>
    CertMapFile     conf/people.map
</CertMapRule>
"""


def location(rules):
    return f"""
<Location "/cgi/env/{rules}">
    AuthType   ClientCert
    CertMapUse {rules}
    Require    valid-user
</Location>
<Location "/cgi/env/granted/{rules}">
    AuthType   ClientCert
    CertMapUse {rules}
    Require    all granted
</Location>
"""


@pytest.fixture(scope="module")
def keyed(pki):
    """One certificate for each kind of key; the other kinds are not in the map file."""
    issue = pki.issuing.issue
    return {
        "sha256": issue(["CN=x"]), "spki": issue(["CN=x"]), "ski": issue(["CN=x"]),
        "issuer-serial": issue(["CN=x"], serial=0x1A2B),
        "sid": issue(["CN=x"], extensions=[sid_extension("S-1-5-21-1-2-3-1104")]),
        "upn": issue(["CN=x"], san=[upn("eve@corp.example")]),
        "email": issue(["CN=x"], san=[email("alice@example.com")]),
        "subject": issue(["O=Example", "CN=Alice Doe"]),
        "dns": issue(["CN=x"], san=[dns("host.example.com")]),
    }


@pytest.fixture(scope="module")
def httpd(serve, keyed):
    people = f"""\
sha256:{keyed["sha256"].sha256} by-sha256
spki:{keyed["spki"].spki_sha256} by-spki
ski:{keyed["ski"].ski} by-ski
"issuer-serial:1a2b@CN=Corp CA,O=Example" by-issuer-serial
sid:S-1-5-21-1-2-3-1104 by-sid
upn:eve@corp.example by-upn
email:alice@example.com by-email groups=admins,dev
"subject:CN=Alice Doe,O=Example" by-subject
dns:host.example.com by-dns groups=dev;ops,back\\slash,plain
"""
    return serve(main=RULES, vhost="".join(map(location, ("template", "open-template", "map", "open-map"))),
                 files={"conf/people.map": people})


def test_user_and_auth_type(httpd, pki):
    env = httpd.whoami(pki.alice, "/cgi/env/template")
    assert (env["REMOTE_USER"], env["AUTH_TYPE"]) == ("alice", "ClientCert")


def test_rule(httpd, pki):
    assert httpd.whoami(pki.alice, "/cgi/env/template")["CERTMAP_RULE"] == "template"


STRENGTHS = [("sha256", "strong", "strong"), ("spki", "strong", "strong"),
             ("issuer-serial", "strong", "weak"), ("ski", "strong", "weak"), ("sid", "strong", "weak"),
             ("upn", "issuer", "weak"), ("email", "issuer", "weak"), ("subject", "issuer", "weak")]


@pytest.mark.parametrize("kind, pinned, unpinned", STRENGTHS)
def test_strength_of_a_map_file_hit(httpd, keyed, kind, pinned, unpinned):
    for rule, strength in (("map", pinned), ("open-map", unpinned)):
        env = httpd.whoami(keyed[kind], f"/cgi/env/{rule}")
        assert (env["REMOTE_USER"], env["CERTMAP_STRENGTH"]) == (f"by-{kind}", strength)


@pytest.mark.parametrize("rule, strength", [("template", "issuer"), ("open-template", "weak")])
def test_strength_of_a_template(httpd, pki, rule, strength):
    assert httpd.whoami(pki.alice, f"/cgi/env/{rule}")["CERTMAP_STRENGTH"] == strength


def test_groups(httpd, keyed):
    assert httpd.whoami(keyed["email"], "/cgi/env/map")["CERTMAP_GROUPS"] == "admins;dev"


def test_groups_are_escaped(httpd, keyed):
    groups = httpd.whoami(keyed["dns"], "/cgi/env/map")["CERTMAP_GROUPS"]
    assert groups == r"dev\;ops;back\\slash;plain"


def test_no_groups(httpd, pki):
    assert httpd.whoami(pki.alice, "/cgi/env/template").get("CERTMAP_GROUPS", "") == ""


@pytest.mark.parametrize("seconds, days", [(3600, "0"), (86400 + 600, "1"), (30 * 86400 + 600, "30")])
def test_days_left(httpd, pki, seconds, days):
    cert = pki.person("alice", not_after=seconds)
    assert httpd.whoami(cert, "/cgi/env/template")["CERTMAP_DAYS_LEFT"] == days


def test_a_mapped_response_is_private(httpd, pki):
    assert "private" in httpd.get("/cgi/env/template", pki.alice).headers["Cache-Control"]


def test_where_all_are_granted_a_mapped_certificate_still_has_its_user(httpd, pki):
    env = httpd.whoami(pki.alice, "/cgi/env/granted/template")
    assert (env["REMOTE_USER"], env["AUTH_TYPE"], env["CERTMAP_RULE"]) == ("alice", "ClientCert", "template")


@pytest.mark.parametrize("who", ["carol", None])
def test_an_unmapped_visitor_has_nothing_of_it(httpd, pki, who):
    env = httpd.whoami(who and getattr(pki, who), "/cgi/env/granted/template")
    assert [key for key in env if key.startswith("CERTMAP_") or key in ("REMOTE_USER", "AUTH_TYPE")] == []


def test_on_one_connection_each_request_has_its_own(httpd, pki):
    with httpd.connect(pki.alice) as connection:
        paths = ("template", "granted/map", "open-template", "template")
        users = [connection.get(f"/cgi/env/{path}").env.get("CERTMAP_RULE") for path in paths]
    assert users == ["template", "map", "open-template", "template"]


def test_elsewhere_there_is_nothing(httpd, pki):
    env = httpd.whoami(pki.alice)
    assert not [key for key in env if key.startswith("CERTMAP_") or key == "REMOTE_USER"]


def test_headers_cannot_stand_in_for_a_certificate(httpd, pki):
    headers = {"SSL_CLIENT_CERT": pki.alice.pem.replace("\n", " "), "Client-Cert": ":AA==:",
               "X-SSL-Client-Cert": pki.alice.pem.replace("\n", "%0A"), "SSL_CLIENT_VERIFY": "SUCCESS",
               "CERTMAP_RULE": "template", "REMOTE_USER": "alice"}
    assert httpd.get("/cgi/env/template", headers=headers).status == 403
