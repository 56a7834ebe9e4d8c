"""docs/directives.md and docs/map-file.md: bugs that an audit found in configurations and map files."""

import os
import subprocess
import threading

import pytest
from cert_parts import email
from maps import SOON, Maps
from pki import Ca
from watch import wait_for

ALICE = "email:alice@example.com alice\n"
STAFF = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {email!local}
</CertMapRule>
"""


def rule(*lines):
    return "\n".join(["<CertMapRule r>", *lines, "</CertMapRule>\n"])


def errors_of(make_httpd, **how):
    code, output = make_httpd(**how).test_config()
    assert code != 0, output
    return output


def output_of(make_httpd, **how):
    code, output = make_httpd(**how).test_config()
    assert code == 0, output
    return output


# Map files

@pytest.mark.parametrize("account", ["!blocked", "!,", "!expires=2027-01-01", "!#left"])
def test_a_block_with_more_than_the_mark_is_an_error(make_httpd, account):
    httpd = make_httpd(main=rule("CertMapIssuedBy conf/corp-ca.pem", "CertMapFile conf/a.map"),
                       files={"conf/a.map": ALICE + f"email:bob@example.com {account}\n"})
    code, output = httpd.test_config()
    assert code != 0
    assert (f'{httpd.path("conf/a.map")}:2: the account begins with "!"; '
            "write ! alone to block the key") in output


@pytest.fixture(scope="module")
def maps(serve, named):
    return Maps(serve, {"touched": ALICE, "bad": ALICE, "gone": ALICE, "names": named[1]})


@pytest.fixture(scope="module")
def named(pki):
    """A certificate, and the keys that the commands of docs/map-file.md make of it."""
    cert = pki.issuing.issue(["C=DE", "O=Example", 'OU=A, "B" + C', "CN=Zoë Doe"],
                             san=[email("zoe@example.com")])

    def openssl(*options):
        run = subprocess.run(["openssl", "x509", "-in", cert.path, "-noout", "-nameopt", "RFC2253",
                              *options], capture_output=True, text=True, check=True)
        return [line.split("=", 1)[1] for line in run.stdout.splitlines()]

    subject, = openssl("-subject")
    serial, issuer = openssl("-serial", "-issuer")
    quoted = subject.replace("\\", "\\\\").replace('"', '\\"')
    return cert, f'"subject:{quoted}" zoe\n"issuer-serial:{serial}@{issuer}" zoe\n'


def test_names_as_the_documented_command_prints_them_hit(maps, named):
    cert, text = named
    seen = maps.httpd.watch()
    assert maps.account("names", cert) == "zoe"
    assert seen.events(1)[0]["certmap"]["key"].startswith("issuer-serial:")
    maps.change("names", text.splitlines()[0] + "\n")
    assert maps.account("names", cert) == "zoe"


def test_a_file_that_is_touched_all_the_time_is_read_when_that_ends(maps, pki):
    done = threading.Event()

    def touch():
        while not done.wait(0.1):
            os.utime(maps.path("touched"))

    toucher = threading.Thread(target=touch)
    with maps.httpd.connect(pki.alice) as connection:
        mark = maps.mark()
        os.utime(maps.path("touched"))
        toucher.start()
        try:
            with open(maps.path("touched"), "w", encoding="ascii") as file:
                file.write(ALICE.replace(" alice", " !"))
            wait_for(lambda: "CM0033" in maps.httpd.error_log()[mark[1]:], "CM0033", SOON)
            assert connection.get("/cgi/env/touched").status == 200, "it is not at rest: docs/map-file.md"
        finally:
            done.set()
            toucher.join()
        wait_for(lambda: connection.get("/cgi/env/touched").status == 403, "block", SOON)
    assert maps.httpd.error_log()[mark[1]:].count("CM0033") == 1


def test_an_unchanged_bad_file_is_told_once_over_graceful_restarts(maps):
    mark = maps.mark()
    maps.write("bad", "nonsense\n")
    maps.remove("gone")
    for name in ("bad", "gone"):
        maps.wait(name, mark, "map_reload_failed")
    for _ in range(2):
        maps.httpd.graceful()
    maps.change("bad", ALICE + "# mended\n")
    assert maps.actions("gone", mark) == ["map_reload_failed"]
    assert maps.actions("bad", mark) == ["map_reload_failed", "map_reload"]


# Errors

def test_an_issuer_file_that_is_a_fifo_is_an_error(make_httpd):
    httpd = make_httpd(main=rule("CertMapIssuedBy conf/fifo.pem", "CertMapUser {email}"))
    os.mkfifo(httpd.path("conf/fifo.pem"))
    code, output = httpd.test_config()
    assert code != 0 and httpd.path("conf/fifo.pem") in output and "regular file" in output


@pytest.mark.parametrize("template, hint", [
    ("email", "{email}"), ("EMAIL", "{"), ("subject.CN", "{subject.CN}"), (r"\1", "$1")])
def test_templates_that_give_all_the_same_account_by_mistake(make_httpd, template, hint):
    output = errors_of(make_httpd, main=rule(
        "CertMapIssuedBy conf/corp-ca.pem", 'CertMapMatch email =~ "(.*)@example\\.com"',
        f"CertMapUser {template}"))
    assert "CertMapUser" in output and hint in output


@pytest.mark.parametrize("ca, word", [
    (dict(key_usage=b"\x80"), "keyCertSign"), (dict(ca=False), "CA:TRUE")])
def test_what_an_issuer_lacks_to_be_a_ca_is_named(make_httpd, ca, word):
    output = errors_of(make_httpd, main=rule("CertMapIssuedBy conf/odd.pem", "CertMapUser {email}"),
                       files={"conf/odd.pem": Ca("CN=Odd CA", **ca).pem})
    assert "CN=Odd CA" in output and word in output


# Warnings

def test_a_weak_rule_is_warned_of_once(make_httpd):
    hosts = "".join(f"<VirtualHost 127.0.0.9:80>\nServerName v{n}\n</VirtualHost>\n" for n in range(5))
    assert output_of(make_httpd, main=rule("CertMapUser {subject.CN}"), after=hosts).count("CM0021") == 1


def test_an_expired_issuer_is_warned_of(make_httpd):
    old = Ca("CN=Old CA", not_before=-7200, not_after=-3600)
    output = output_of(make_httpd, main=rule("CertMapIssuedBy conf/old.pem", "CertMapUser {email}"),
                       files={"conf/old.pem": old.pem})
    assert "rule r" in output and "CN=Old CA" in output and "expired" in output


# What is right

def test_fakebasicauth_taken_back_in_the_section_itself_starts(make_httpd):
    output_of(make_httpd, main=STAFF, vhost="SSLOptions +FakeBasicAuth +StdEnvVars", location="""
        AuthType       Basic
        AuthName       x
        AuthUserFile   conf/users
        CertMapUse     staff
        CertMapControl required
        SSLOptions     -FakeBasicAuth
        Require        valid-user""")


def test_fakebasicauth_around_a_section_that_says_nothing_does_not(make_httpd):
    assert "FakeBasicAuth" in errors_of(make_httpd, main=STAFF, vhost="SSLOptions +FakeBasicAuth", location="""
        AuthType       Basic
        AuthName       x
        AuthUserFile   conf/users
        CertMapUse     staff
        CertMapControl required
        SSLOptions     +StdEnvVars
        Require        valid-user""")


def test_words_in_any_case(serve, pki):
    httpd = serve(main=STAFF, vhost="""
        <Location "/cgi/env">
            AuthType   ClientCert
            CertMapUse staff
            <RequireAny>
                Require certmap-strength Strong
            </RequireAny>
        </Location>
        <Location "/cgi/env/issuer">
            Require certmap-strength ISSUER
        </Location>
        <Location "/cgi/env/none">
            AuthType   None
            CertMapUse None
            Require    all granted
        </Location>""")
    paths = ("/cgi/env", "/cgi/env/issuer", "/cgi/env/none")
    assert [httpd.get(path, pki.alice).status for path in paths] == [403, 200, 200]
    assert "CERTMAP_RULE" not in httpd.whoami(pki.alice, "/cgi/env/none")
