"""docs/ldap.md: the server's chain and name are always verified, whatever surrounds httpd.

Each bad server stands behind ldaps:// and behind STARTTLS; it would answer any bind and any search, and
tells whether it ever saw one. All of it is tried in surroundings that tell libldap to verify nothing.
"""

import base64
import contextlib
import os
import socket
import ssl
import subprocess

import pytest

from fake_ldap import (
    BASE, BIND_RESPONSE, DONE, FakeLdap, accept, entry, found, half, hang_up, message, outcome, person,
    result, silent, then_close)
from pki import Ca, dns, ip, san_extension
from places import ask, places
from watch import wait_for

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
UNAVAILABLE = "!backend_unavailable"
HERE = (ip("127.0.0.1"), dns("localhost"), dns(socket.gethostname()))
SERVER = ("serverAuth",)


def servers(pki):
    """What the server shows."""
    root, other = pki.root, dns("ldap.example.test")

    def own(subject="CN=127.0.0.1", san=HERE, ca=root, **how):
        return ca.issue([subject], eku=SERVER, san=san, **how)

    leaf = root.issue(["CN=127.0.0.1"], eku=SERVER, san=HERE)
    no_ca = Ca("CN=127.0.0.1", key=leaf.key)
    below = pki.issuing.issue(["CN=127.0.0.1"], eku=SERVER, san=HERE)
    itself = Ca("CN=127.0.0.1", ca=False, key_usage=None, extensions=[san_extension(HERE)])
    return {
        "good": own(), "good-chain": below.with_chain(pki.issuing.cert),
        "wrong-ca": own(ca=pki.stranger), "twin-ca": own(ca=Ca(*root.name)),
        "wrong-name": own(san=(other,)), "wrong-address": own(san=(ip("127.0.0.2"), other)),
        "address-as-dns": own("CN=x", san=(dns("127.0.0.2"),)), "name-in-cn-only": own(san=()),
        "expired": own(not_before=-7200, not_after=-3600), "not-yet": own(not_before=7200),
        "self-signed": itself.cert, "no-intermediate": below,
        "issued-by-a-leaf": no_ca.issue(["CN=127.0.0.1"], eku=SERVER, san=HERE).with_chain(leaf),
    }


GOOD = ("good", "good-chain")
BAD = ("wrong-ca", "twin-ca", "wrong-name", "wrong-address", "address-as-dns", "name-in-cn-only", "expired",
       "not-yet", "self-signed", "no-intermediate", "issued-by-a-leaf", "old-tls")
WAYS = ("ldaps", "starttls")


@pytest.fixture(scope="module")
def fakes(pki):
    made = {}
    for name, cert in servers(pki).items():
        made[f"ldaps-{name}"] = FakeLdap(tls=cert)
        made[f"starttls-{name}"] = FakeLdap(starttls=cert)
    made["ldaps-old-tls"] = FakeLdap(tls=made["ldaps-good"].tls, tls_version=ssl.TLSVersion.TLSv1_1)
    made["starttls-old-tls"] = FakeLdap(starttls=made["ldaps-good"].tls,
                                        tls_version=ssl.TLSVersion.TLSv1_1)
    rogue = made["rogue"] = FakeLdap()
    for name in ("ldaps-good", "starttls-good"):
        reference = [f"ldap://127.0.0.1:{rogue.port}/{BASE}"]
        made[name].on_search = lambda talk, request: found(
            person("alice"), references=reference)(talk, request)
    yield made
    for fake in made.values():
        fake.close()


# Surroundings that ask libldap for the opposite of what the module must do

def hostile_file(pki, fakes):
    ca = pki.stranger.cert.path
    return (f"URI ldap://127.0.0.1:{fakes['rogue'].port}\nBASE dc=rogue\nDEREF always\nREFERRALS on\n"
            f"SIZELIMIT 1\nTLS_REQCERT never\nTLS_REQSAN never\nTLS_CACERT {ca}\n"
            "TLS_PROTOCOL_MIN 0.0\nTLS_CRLCHECK none\n")


def variables(pki, fakes, _folder):
    lines = (line.split(" ", 1) for line in hostile_file(pki, fakes).splitlines())
    return {f"LDAP{name}": value for name, value in lines}, None


def named_conf(pki, fakes, folder):
    return {"LDAPCONF": write(folder, "hostile.conf", hostile_file(pki, fakes))}, None


def named_rc(pki, fakes, folder):
    write(folder, "hostilerc", hostile_file(pki, fakes))
    return {"LDAPRC": "hostilerc", "HOME": folder}, None


def rc_at_home(pki, fakes, folder):
    write(folder, ".ldaprc", hostile_file(pki, fakes))
    return {"HOME": folder}, None


def rc_in_working_folder(pki, fakes, folder):
    write(folder, "ldaprc", hostile_file(pki, fakes))
    return {}, folder


def nothing(_pki, _fakes, _folder):
    return {}, None


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, 0o644)
    return path


HOSTILE = {"variables": variables, "LDAPCONF": named_conf, "LDAPRC": named_rc, "home": rc_at_home,
           "working folder": rc_in_working_folder}
BESIDE = """
LDAPVerifyServerCert Off
LDAPTrustedGlobalCert CA_BASE64 conf/stranger-ca.pem
<Location "/by-mod-ldap">
    AuthType Basic
    AuthName x
    AuthBasicProvider ldap
    AuthLDAPURL "{url}"
    Require valid-user
</Location>
"""


class Surroundings:
    def __init__(self, name, environment, folder):
        self.name, self.environment, self.folder, self.httpd = name, environment, folder, None


@contextlib.contextmanager
def working_in(folder):
    before = os.getcwd()
    os.chdir(folder or before)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.fixture(scope="module", params=["plain", *HOSTILE, "mod_ldap"])
def around(request, serve, pki, fakes, tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("ldaprc"))
    for path in (folder, os.path.dirname(folder), os.path.dirname(os.path.dirname(folder))):
        os.chmod(path, 0o755)
    found_in = Surroundings(request.param, *HOSTILE.get(request.param, nothing)(pki, fakes, folder))
    rules = {name: fake.lines("CertMapLDAPTimeout 5") for name, fake in fakes.items()
             if name != "rogue"}
    how = places(rules, environment=found_in.environment)
    if request.param == "mod_ldap":
        how["modules"] = ("ldap", "authnz_ldap")
        how["main"] += BESIDE.format(url=f"ldaps://127.0.0.1:{fakes['ldaps-wrong-ca'].port}/{BASE}?uid")
    with working_in(found_in.folder):
        found_in.httpd = serve(**how)
    return found_in


def mod_ldap_asks(httpd):
    login = base64.b64encode(b"bob@example.com:x").decode()
    return httpd.get("/by-mod-ldap", headers={"Authorization": f"Basic {login}"}).status != 401


def ldapsearch_asks(around, fake):
    run = subprocess.run(["ldapsearch", "-x", "-H", f"ldaps://127.0.0.1:{fake.port}", "-b", BASE],
                         env={**os.environ, **around.environment}, cwd=around.folder, timeout=30,
                         capture_output=True, check=False)
    return run.returncode == 0


def test_a_careless_client_would_be_deceived_here(around, fakes):
    fake = fakes["ldaps-wrong-ca"]
    if around.name == "mod_ldap":
        assert mod_ldap_asks(around.httpd)
    else:
        assert ldapsearch_asks(around, fake) == (around.name != "plain")
    fake.requests.clear()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("server", GOOD)
def test_a_server_that_is_what_it_claims(around, fakes, pki, way, server):
    fake = fakes[f"{way}-{server}"]
    assert ask(around.httpd, pki.alice, f"{way}-{server}") == "alice"
    search = fake.searches()[-1]
    assert (search.base, search.deref, search.secure) == (BASE, 0, True)
    assert search.size_limit == 2 and 1 <= search.time_limit <= 5
    assert all(bind.secure and bind.version == 3 for bind in fake.binds())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("server", BAD)
def test_a_server_that_is_not(around, fakes, pki, way, server):
    fake = fakes[f"{way}-{server}"]
    assert ask(around.httpd, pki.alice, f"{way}-{server}") == UNAVAILABLE
    assert fake.connections
    assert not fake.binds() and not fake.searches()


def test_nobody_asks_the_server_of_the_surroundings_or_of_a_reference(around, fakes, pki):
    for way in WAYS:
        assert ask(around.httpd, pki.alice, f"{way}-good") == "alice"
    assert not fakes["rogue"].connections


# STARTTLS that does not come about

def injected(talk, request):
    """Answers in the clear, sent ahead of TLS, to what the client has not asked yet."""
    early = accept(talk, request)
    for number in range(request.id + 1, request.id + 4):
        for operation in (outcome(BIND_RESPONSE, 0), entry(*person("root")), outcome(DONE, 0)):
            early += message(number, operation)
    return early


def garbage(talk, request):
    talk.send(accept(talk, request) + b"\xffgarbage in the clear\x00" * 50)
    talk.wait()


def no_tls_after_success(talk, request):
    talk.send(accept(talk, request))
    talk.receive()  # the client's hello
    talk.send(accept(talk, request))
    talk.wait()


def other_id(talk, request):
    return found(wrong_id=1)(talk, request)


STARTTLS = {
    "operations-error": result(1), "protocol-error": result(2), "unavailable": result(52),
    "confidentiality-required": result(13), "referral": result(10, referral=("ldap://127.0.0.1:1/",)),
    "success-then-closes": then_close(accept), "closes": hang_up, "silent": silent,
    "half-an-answer": half(accept), "garbage": garbage, "in-the-clear": no_tls_after_success,
    "injected": injected, "answer-to-something-else": other_id,
}


@pytest.fixture(scope="module")
def starttls(serve, pki):
    good = servers(pki)["good"]
    fakes = {name: FakeLdap(on_starttls=step, starttls=good if name == "injected" else None)
             for name, step in STARTTLS.items()}
    fakes["no-tls-on-ldaps"] = FakeLdap()
    rules = {name: fake.lines("CertMapLDAPTimeout 1") for name, fake in fakes.items()}
    plain = rules["no-tls-on-ldaps"].replace("ldap://", "ldaps://")
    rules["no-tls-on-ldaps"] = plain + "\nCertMapLDAPCACert conf/root-ca.pem"
    yield serve(**places(rules)), fakes
    for fake in fakes.values():
        fake.close()


@pytest.mark.parametrize("name", [*STARTTLS, "no-tls-on-ldaps"])
def test_a_connection_that_is_not_protected_carries_nothing(starttls, pki, name):
    httpd, fakes = starttls
    assert ask(httpd, pki.alice, name) == UNAVAILABLE
    kinds = {request.kind for request in fakes[name].requests}
    assert fakes[name].connections and not kinds & {"bind", "search"}, kinds
    if name != "no-tls-on-ldaps":
        assert "starttls" in kinds
    sent = b"".join(request.octets for request in fakes[name].requests)
    assert b"httpd" not in sent and b"alice" not in sent


def test_the_error_log_says_what_was_wrong_with_the_server(around, fakes, pki):
    seen = around.httpd.watch()
    assert ask(around.httpd, pki.bob, "ldaps-wrong-ca") == UNAVAILABLE
    line = wait_for(lambda: seen.errors("backend_unavailable"))[0]
    assert str(fakes["ldaps-wrong-ca"].port) in line and "certificate" in line
