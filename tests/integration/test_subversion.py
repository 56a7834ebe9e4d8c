"""mod_authz_svn's access file holds for a mapped user, whichever way the svn client comes."""

import os
import shutil
import subprocess

import pytest

from client import password
from httpd_setup import module_folder, server_user, user_file
from pki import FILES
from places import rule

pytestmark = pytest.mark.skipif(
    not (shutil.which("svn") and shutil.which("svnadmin")
         and os.path.exists(os.path.join(module_folder(), "mod_authz_svn.so"))),
    reason="Subversion is not installed")

BASIC = "AuthType Basic\nAuthName x\nAuthUserFile conf/users\nCertMapUse staff\n"
ALONE = "AuthType ClientCert\nCertMapUse staff\n"
SATISFY_ANY = "Order deny,allow\nDeny from all\nSatisfy Any\n"
MODES = {
    "alone": ALONE + "AuthzSVNAnonymous Off\n",
    "anonymous": ALONE,
    "sufficient": BASIC + "AuthzSVNAnonymous Off\n",
    "required": BASIC + "CertMapControl required\nAuthzSVNAnonymous Off\n",
    "any": ALONE + SATISFY_ANY + "AuthzSVNAnonymous Off\n",
    "any-anonymous": ALONE + SATISFY_ANY,
    "any-sufficient": BASIC + SATISFY_ANY + "AuthzSVNAnonymous Off\n",
}


def place(name, lines, require="Require valid-user"):
    return f"""<Location "/{name}">
    DAV svn
    SVNPath "${{ROOT}}/repository"
    AuthzSVNAccessFile "${{ROOT}}/conf/access"
    {lines}
    {require}
</Location>
"""


ONLY_ALICE = place("only-alice", ALONE + SATISFY_ANY, "Require user alice")
PROBED = place("probed", ALONE, "Require env CERTMAP_RULE")
ACCESS = "[/]\nalice = rw\nbob = r\n[/closed]\nalice = rw\nbob =\n[/open]\nalice = rw\nbob = rw\n"


class Subversion:
    def __init__(self, httpd):
        self.httpd = httpd
        self.folder = httpd.path("svn")

    def make(self):
        repository = self.httpd.path("repository")
        subprocess.run(["svnadmin", "create", repository], check=True)
        url = "file://" + repository
        for folder in ("open", "closed"):
            subprocess.run(["svn", "mkdir", "-q", "-m", folder, f"{url}/{folder}"], check=True)
            page = self.httpd.write(f"page-{folder}", f"what is {folder}\n")
            subprocess.run(["svn", "import", "-q", "-m", "page", page, f"{url}/{folder}/page"], check=True)
        if server_user():
            for folder, _, files in os.walk(repository):
                for name in (folder, *(os.path.join(folder, file) for file in files)):
                    os.chown(name, server_user().pw_uid, server_user().pw_gid)
        return self

    def _p12(self, cert):
        path = FILES.write("") + ".p12"
        subprocess.run(["openssl", "pkcs12", "-export", "-in", cert.path, "-out", path, "-passout", "pass:secret"],
                       check=True)
        return path

    def __call__(self, mode, who, cert, command, *words):
        """(exit status, what it printed); words that begin with a slash are paths in the repository."""
        words = [f"https://localhost:{self.httpd.port}/{mode}{word}" if word.startswith("/") else word for word in words]
        options = {"ssl-client-cert-file": self._p12(cert), "ssl-client-cert-password": "secret"}
        settings = [part for name, value in options.items()
                    for part in ("--config-option", f"servers:global:{name}={value}")]
        login = ["--username", who, "--password", "password"] if mode == "required" else []
        run = subprocess.run(
            ["svn", command, "--non-interactive", "--no-auth-cache", "--config-dir", self.folder, *settings, *login,
             "--trust-server-cert-failures=unknown-ca,cn-mismatch,expired,not-yet-valid,other", *words],
            capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        return run.returncode, run.stdout + run.stderr


@pytest.fixture(scope="module", params=[True, "first"])
def svn(request, serve):
    places = "".join(place(mode, lines) for mode, lines in MODES.items())
    httpd = serve(certmap=request.param, modules=("access_compat", "dav", "dav_svn", "authz_svn"),
                  main=rule("staff", "CertMapMatch subject.O == Example\nCertMapUser {subject.CN}"),
                  vhost=places + ONLY_ALICE + PROBED,
                  files={"conf/users": user_file("alice", "bob"), "conf/access": ACCESS})
    return Subversion(httpd).make()


@pytest.mark.parametrize("mode", MODES)
def test_bob_may_read_and_write_what_is_open(svn, pki, mode):
    assert svn(mode, "bob", pki.bob, "cat", "/open/page") == (0, "what is open\n")
    assert svn(mode, "bob", pki.bob, "list", "/open")[0] == 0
    assert svn(mode, "bob", pki.bob, "mkdir", "-m", "x", "/open/" + os.urandom(8).hex())[0] == 0


@pytest.mark.parametrize("mode", MODES)
def test_bob_could_read_what_the_access_file_closes(svn, pki, mode):
    seen = svn.httpd.watch()
    for command, path in (("cat", "/closed/page"), ("list", "/closed")):
        code, output = svn(mode, "bob", pki.bob, command, path)
        assert code != 0 and "what is closed" not in output and "page" not in output.replace("closed/page", "")
    assert any(line.status == "403" for line in seen.access(1))


@pytest.mark.parametrize("mode", MODES)
def test_bob_could_write_into_what_the_access_file_closes(svn, pki, mode):
    name = os.urandom(8).hex()
    assert svn(mode, "bob", pki.bob, "mkdir", "-m", "x", f"/closed/{name}")[0] != 0
    assert svn(mode, "bob", pki.bob, "copy", "-m", "x", "/closed/page", f"/open/{name}")[0] != 0
    assert svn(mode, "bob", pki.bob, "copy", "-m", "x", "/open/page", f"/closed/{name}")[0] != 0
    found = svn(mode, "alice", pki.alice, "list", "-R", "/")[1]
    assert "closed/page" in found and name not in found


@pytest.mark.parametrize("mode", MODES)
def test_alice_may_do_everything(svn, pki, mode):
    name = os.urandom(8).hex()
    assert svn(mode, "alice", pki.alice, "cat", "/closed/page") == (0, "what is closed\n")
    assert svn(mode, "alice", pki.alice, "copy", "-m", "x", "/closed/page", f"/closed/{name}")[0] == 0
    assert name in svn(mode, "alice", pki.alice, "list", "/closed")[1]


def test_required_was_bypassed_by_mod_authz_svn(svn, pki):
    """bob's certificate, alice's password."""
    seen = svn.httpd.watch()
    assert svn.httpd.get("/required/closed/page", pki.bob, password("alice")).status == 403
    assert seen.events(1)[0]["event"]["reason"] == "account_mismatch"


def test_the_event_of_a_user_whom_the_access_file_refuses(svn, pki):
    seen = svn.httpd.watch()
    assert svn.httpd.get("/alone/closed/page", pki.bob).status == 403
    (event,) = seen.events(1)
    assert (event["event"]["outcome"], event["event"]["reason"]) == ("failure", "mapped")


def test_satisfy_any_an_access_file_does_not_open_what_require_closes(svn, pki):
    """mod_authz_svn grants in the access phase, where Require is not asked any more."""
    assert svn.httpd.get("/only-alice/open/page", pki.alice).status == 200
    assert svn.httpd.get("/only-alice/open/page", pki.bob).status == 403


@pytest.mark.parametrize("mode", ["alone", "anonymous", "any", "any-anonymous", "probed"])
def test_without_a_certificate_certmap_refuses_once(svn, mode):
    """mod_authz_svn runs the access hooks a second time, to see whether a user is needed."""
    seen = svn.httpd.watch()
    assert svn.httpd.get(f"/{mode}/open/page").status == 403
    assert seen.events(1)[0]["event"]["reason"] == "no_certificate"
    assert len(seen.errors("CM0012: ")) == 1
