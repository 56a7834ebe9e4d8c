"""conf/examples/: those for applications, each used by the real client program."""

import os
import re
import shutil
import subprocess

import pytest

from client import HandshakeRefused
from httpd_setup import server_user
from pki import Ca, email
from samples import HOST, answer, authorities, issue, run_sample, sample  # noqa: F401 (fixtures)
from test_samples import AUDIT, comment_lines
from watch import wait_for


def need(*programs):
    for each in programs:
        if not (shutil.which(each) or os.path.exists(each)):
            pytest.skip(f"{each} is not installed")


def need_module(name):
    from httpd_setup import _apxs
    need(os.path.join(_apxs("LIBEXECDIR"), f"mod_{name}.so"))


def run(*command, folder, **environment):
    """(exit status, what it said)"""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, check=False, env={**os.environ, "HOME": str(folder), "LC_ALL": "C", **environment})
    return done.returncode, done.stdout.decode()


def done(*command, folder, **environment):
    status, output = run(*command, folder=folder, **environment)
    assert status == 0, output
    return output


def give_to_server(path):
    if server_user():
        for folder, _, names in os.walk(path):
            for each in (folder, *(os.path.join(folder, name) for name in names)):
                os.chown(each, server_user().pw_uid, server_user().pw_gid)


# Git

BACKEND = "/usr/lib/git-core/git-http-backend"


@pytest.fixture
def git(run_sample, tmp_path):  # noqa: F811
    need("git")
    backend = os.path.join(done("git", "--exec-path", folder=tmp_path).strip(), "git-http-backend")
    need(backend)
    httpd = run_sample("examples/git.conf", {"conf/people.map": comment_lines(sample("examples/git.conf"), "email:")},
                       change=lambda text: text.replace("/srv/git", "${ROOT}/git").replace(BACKEND, backend))
    done("git", "init", "-q", "--bare", "-b", "main", httpd.path("git/site.git"), folder=tmp_path)
    give_to_server(httpd.path("git"))

    def ask(cert, *arguments, folder=tmp_path):
        certificate = ["-c", f"http.sslCert={cert.path}", "-c", f"http.sslKey={cert.path}"] if cert else []
        return run("git", "-c", "http.sslVerify=false", "-c", "user.name=x", "-c", "user.email=x@example.com", *certificate,
                   "-c", f"http.curloptResolve={HOST}:{httpd.port}:127.0.0.1", *arguments, folder=folder,
                   GIT_TERMINAL_PROMPT="0", GIT_CONFIG_NOSYSTEM="1")
    return httpd, f"https://{HOST}:{httpd.port}/git/site.git", ask


def test_git(git, issue, tmp_path):  # noqa: F811
    httpd, url, ask = git
    alice, bob, nobody = (issue("corp", mail=f"{each}@example.com") for each in ("alice", "bob", "nobody"))
    assert ask(alice, "clone", "-q", url, "alice")[0] == 0
    (tmp_path / "alice" / "page").write_text("1")
    assert ask(alice, "add", "page", folder=tmp_path / "alice")[0] == 0
    assert ask(alice, "commit", "-qm", "first", folder=tmp_path / "alice")[0] == 0
    status, output = ask(alice, "push", "-q", "origin", "HEAD:main", folder=tmp_path / "alice")
    assert status == 0, output
    status, output = ask(bob, "clone", "-q", url, "bob")
    assert status == 0 and (tmp_path / "bob" / "page").read_text() == "1", output
    assert ask(bob, "commit", "-q", "--allow-empty", "-m", "second", folder=tmp_path / "bob")[0] == 0
    status, output = ask(bob, "push", "-q", "origin", "HEAD:main", folder=tmp_path / "bob")
    assert status != 0 and "403" in output, output
    for cert in (None, nobody, issue("other", mail="alice@example.com")):
        status, output = ask(cert, "clone", "-q", url, "other")
        assert status != 0 and "403" in output, output
    assert {event["user"]["name"] for event in httpd.audit(AUDIT) if "user" in event} == {"alice", "bob"}


def test_a_push_is_refused_by_each_spelling_of_its_address(git, issue):  # noqa: F811
    httpd, _, _ = git
    bob = issue("corp", mail="bob@example.com")
    with httpd.connect(bob, sni=HOST) as connection:
        for path in ("/git/site.git/git-receive-pack", "/git/site.git//git-receive-pack", "/git/site.git/./git-receive-pack",
                     "/git/site.git/git%2Dreceive-pack", "/git/site.git/git-receive-pac%6b", "/git/x/../site.git/git-receive-pack"):
            assert connection.request("POST", path, {"Content-Type": "application/x-git-receive-pack-request"}, "0000").status == 403


# OpenID Connect

def test_openid_connect(run_sample, issue):  # noqa: F811
    need_module("auth_openidc")
    httpd = run_sample("examples/openid-connect.conf", modules=("auth_openidc",), change=lambda text: re.sub(
        r'"exec:/usr/local/bin/oidc-\w+"', '"exec:/bin/echo 0123456789abcdef"', text))
    alice = issue("corp", mail="alice@example.com")
    assert answer(httpd, alice) == answer(httpd, alice, "/admin") == "alice"
    for cert in (None, issue("other", mail="alice@example.com")):
        told = httpd.get("/page", cert, {"Accept": "text/html"}, sni=HOST)
        assert told.status == 302 and told.headers["Location"].startswith("https://login.example.com/authorize?")
    assert answer(httpd, issue("corp", san=[email("a@example.com"), email("b@example.com")])) == 403
    assert answer(httpd, None, "/admin", {"Accept": "text/html"}) == 302


# Paths without a certificate

def test_open_paths(run_sample, issue):  # noqa: F811
    httpd = run_sample("examples/open-paths.conf")
    expired = issue("corp", mail="alice@example.com")
    for path in ("/healthz", "/.well-known/acme-challenge/token"):
        for cert in (None, issue("other"), expired):
            assert httpd.get(path, cert, sni=HOST).status == 200
    for path in ("/healthz2", "/.well-known/security.txt", "/", "/api/x"):
        assert answer(httpd, None, path) == 403
    with httpd.connect(sni=HOST) as connection:
        assert connection.request("OPTIONS", "/api/x").status == 200
        assert connection.request("OPTIONS", "/x").status == 403
    assert answer(httpd, None, "/api/x") == 403
    assert answer(httpd, issue("corp", mail="alice@example.com"), "/api/x") == "alice"
    assert all("/healthz" != event.get("url", {}).get("path") for event in httpd.audit(AUDIT))


# Devices that signed their certificates themselves

def self_signed(name, **how):
    return Ca("O=Devices", f"CN={name}", **{"ca": False, "key_usage": b"\x80", **how})


def test_pinned_devices(run_sample, issue, pki):  # noqa: F811
    first, second, unlisted = (self_signed(f"meter-{number}") for number in (1, 2, 3))
    double = self_signed("meter-1")  # of the same name
    as_ca = self_signed("meter-4", ca=True, key_usage=b"\x86")
    file = "examples/pinned-devices.conf"
    shown = comment_lines(sample(file), "s[ph][ka]")
    lines = re.sub("spki:[0-9a-f]+", f"spki:{first.cert.spki_sha256}", re.sub("sha256:[0-9a-f]+", f"sha256:{second.cert.sha256}", shown))
    httpd = run_sample(file, {"conf/devices.map": lines, "conf/server-ca.pem": pki.root.pem,
                              "conf/devices.pem": "".join(each.pem for each in (first, second, unlisted, as_ca))})
    assert answer(httpd, first.cert) == "meter-000001"
    assert answer(httpd, second.cert) == "meter-000002"
    assert answer(httpd, unlisted.cert) == 403
    for cert in (double.cert, issue("corp"), as_ca.issue(["O=Devices", "CN=meter-1"])):
        with pytest.raises(HandshakeRefused):
            answer(httpd, cert)
    with httpd.connect(first.cert, sni=HOST) as connection:
        assert connection.get("/page").status == 200
        httpd.write("conf/devices.map", lines.replace("meter-000001", "!"))
        wait_for(lambda: connection.get("/page").status == 403)
