"""A server whose log says who came where, and which kept the certificates: the fixtures `people` and `httpd`."""

import os

import pytest

from client import password
from httpd_setup import AUDIT, user_file, virtual_host
from kept import KEEP, kept
from pki import email
from watch import wait_for

RULES = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]+)@example\\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule listed>
    CertMapFile     conf/listed.map
</CertMapRule>
"""


def place(path, *lines):
    return f'<Location "{path}">\n' + "\n".join(lines) + "\n</Location>\n"


ALONE = "AuthType ClientCert", "CertMapUse staff listed", "Require valid-user"
PASSWORD = "AuthName x", "AuthType Basic", "AuthUserFile conf/users", "CertMapUse staff", "Require valid-user"
IP = "<RequireAll>\nRequire valid-user\nRequire ip 127.0.0.1\n</RequireAll>"
VHOST = "".join([place("/in", *ALONE), place("/both", *PASSWORD, "CertMapControl required"), place("/either", *PASSWORD),
                 place("/bobs", *ALONE[:2], "Require user bob"), place("/ip", *ALONE[:2], IP)])
OTHER = virtual_host("other", AUDIT, place("/in", *ALONE))


@pytest.fixture(scope="module")
def people(pki):
    return {"alice": pki.alice, "bob": pki.bob, "carol": pki.carol,
            "stranger": pki.partner.issue(["CN=stranger"], san=[email("stranger@partner.example")])}


@pytest.fixture(scope="module")
def httpd(serve, people, pki):
    """Its log: who came where, and what came of it. `short` comes first, and has ended since."""
    httpd = serve(main=RULES + "Include conf/keep.conf\n", vhost=VHOST, after=OTHER,
                  files={"conf/listed.map": "email:carol@partner.example carol\n", "conf/keep.conf": "",
                         "conf/users": user_file("alice", "bob")})
    os.chmod(httpd.writable_folder("kept"), 0o700)
    httpd.write("conf/keep.conf", KEEP)
    httpd.restart()
    people["short"] = pki.person("short", not_after=4)
    seen = {("short", "/in"): 200, ("alice", "/in"): 200, ("bob", "/in"): 200, ("carol", "/in"): 200, ("stranger", "/in"): 403,
            ("alice", "/in/a%20b%25/%C3%A9"): 200, ("alice", "/bobs"): 403, ("alice", "/either"): 200, ("alice", "/ip"): 200}
    for (name, path), status in seen.items():
        answer = httpd.get(path + "/" if "%" not in path else path, people[name])
        assert answer.status in (status, 404 if status == 200 else status), (name, path, answer)
    assert httpd.get("/both/", people["alice"], password("alice")).status == 404
    assert httpd.get("/both/", people["bob"], password("alice")).status == 403
    assert httpd.get("/in/", people["alice"], sni="other.example.test").status == 404
    wait_for(lambda: len(kept(httpd)) == 5, "5 certificates that are kept")
    people["short"].wait_expired()
    return httpd
