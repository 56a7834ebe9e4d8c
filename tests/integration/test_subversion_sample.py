"""conf/examples/subversion.conf: what the access file closes to an account is closed to its certificate."""

import os
import re

import pytest

from samples import HOST, authorities, issue, run_sample, sample  # noqa: F401 (fixtures)
from test_app_samples import done, give_to_server, need, need_module, run


@pytest.fixture
def svn(run_sample, tmp_path):  # noqa: F811
    need("svn", "svnadmin")
    need_module("authz_svn")
    file = "examples/subversion.conf"
    text = re.search(r"^#   (\[groups\]\n(?:#   .*\n)*)", sample(file), re.M)[1]
    httpd = run_sample(file, {"conf/svn-access": re.sub("^#   ", "", text, flags=re.M)},
                       modules=("dav", "dav_svn", "authz_svn"), pages="",
                       change=lambda text: text.replace("/srv/svn", "${ROOT}/svn").replace(f"ServerName {HOST}", "ServerName localhost"))
    os.mkdir(httpd.path("svn"))
    done("svnadmin", "create", httpd.path("svn/site"), folder=tmp_path)
    done("svn", "mkdir", "-qm", "first", f"file://{httpd.path('svn/site')}/open", f"file://{httpd.path('svn/site')}/secret",
         folder=tmp_path)
    give_to_server(httpd.path("svn"))

    def ask(cert, *arguments):
        """The client knows certificates as PKCS#12, in a configuration folder."""
        folder = tmp_path / (cert.sha256 if cert else "none")
        if not folder.exists():
            folder.mkdir()
            if cert:
                done("openssl", "pkcs12", "-export", "-in", cert.path, "-out", str(folder / "me.p12"), "-passout", "pass:x",
                     folder=tmp_path)
                (folder / "servers").write_text(f"[global]\nssl-client-cert-file = {folder}/me.p12\nssl-client-cert-password = x\n")
        return run("svn", "--config-dir", str(folder), "--non-interactive", "--trust-server-cert-failures",
                   "unknown-ca,cn-mismatch,other", *arguments, folder=tmp_path)
    return httpd, f"https://localhost:{httpd.port}/svn/site", ask


def test_subversion(svn, issue):  # noqa: F811
    _, url, ask = svn
    alice, bob, mallory = (issue("corp", mail=f"{each}@example.com") for each in ("alice", "bob", "mallory"))
    status, output = ask(alice, "ls", f"{url}/secret")
    assert status == 0, output
    status, output = ask(bob, "ls", f"{url}/open")
    assert status == 0, output
    status, output = ask(bob, "mkdir", "-m", "second", f"{url}/open/by-bob")
    assert status == 0, output
    assert "| bob |" in ask(alice, "log", url)[1]
    for cert, arguments in ((bob, ("ls", f"{url}/secret")), (bob, ("mkdir", "-m", "x", f"{url}/secret/x")),
                            (bob, ("cp", "-m", "x", f"{url}/secret", f"{url}/open/copy")), (mallory, ("ls", f"{url}/open")),
                            (None, ("ls", f"{url}/open")), (issue("other", mail="alice@example.com"), ("ls", f"{url}/open"))):
        status, output = ask(cert, *arguments)
        assert status != 0 and re.search("forbidden|not allowed|denied", output, re.I), (arguments, output)
