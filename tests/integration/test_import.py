"""certmapctl import: files of other programs, made from what OpenSSL prints of real certificates, give
those certificates the same accounts in a real httpd."""

import os
import re

import pytest

import der
from certmapctl import certmapctl, openssl
from maps import Maps
from pki import email, upn

# Each subject's peculiarity; the accounts are the names.
SUBJECTS = {
    "plain": ["C=DE", "O=Example Org", "CN=Alice Doe"],
    "host": ["O=Grid", "CN=host/www.example.org"],
    "slash": ["O=Grid", "CN=a/CN=b"],
    "special": ["O=Grid", 'CN=x"y\\z, <q>; #+=', "OU=#1"],
    "several": ["O=Grid", ["CN=a+b", "UID=several"]],
    "utf8": ["O=Jörg & Søn", "CN=漢字"],
    "bmp": [("O", der.BMP, "Bé".encode("utf-16-be")), "CN=bmp"],
    "types": ["DC=org", "DC=example", "ST=Harju", "GN=Jaak", "SN=Tamm", "serialNumber=PNOEE-1",
              ("2.3.4.5", der.UTF8, "custom"), "emailAddress=a@b.example", "CN=types"],
    "blanks": ["O=Grid", "CN= two  blanks"],
    "backslash": ["O=Grid", "CN=\\x41\\"],
}


@pytest.fixture(scope="module")
def people(pki):
    return {name: pki.issuing.issue(subject, san=[email(f"{name}@example.com"), upn(f"{name}@corp")])
            for name, subject in SUBJECTS.items()}


def printed(cert, form):
    text = openssl("x509", "-in", cert.path, "-noout", "-subject", "-nameopt", form)
    return text.removeprefix("subject=").strip(" ") if form == "RFC2253" else text.removeprefix("subject=")


def fingerprint(cert, digest):
    return openssl("x509", "-in", cert.path, "-noout", "-fingerprint", f"-{digest}").partition("=")[2]


def common_name(name):
    parts = [part for rdn in SUBJECTS[name] for part in (rdn if isinstance(rdn, list) else [rdn])]
    return next(part[3:] for part in parts if isinstance(part, str) and part.startswith("CN="))


def gridmap_quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def pg_quoted(text):
    return '"' + text.replace('"', '""') + '"'


def lines(people, line):
    return "".join(line(name, cert) + "\n" for name, cert in people.items())


# format and options, and the line of a person
SOURCES = {
    "gridmap": (["gridmap"], lambda name, cert: f"{gridmap_quoted(printed(cert, 'compat'))} {name}"),
    "pg_cn": (["pg_ident"], lambda name, cert: f"cert {pg_quoted(common_name(name))} {name}"),
    "pg_dn": (["--clientname", "DN", "pg_ident"],
              lambda name, cert: f"cert {pg_quoted(printed(cert, 'RFC2253'))} {name}"),
    "pam_subject": (["pam_pkcs11"], lambda name, cert: f"{printed(cert, 'compat')} -> {name}"),
    "pam_nss": (["pam_pkcs11"], lambda name, cert: f"{printed(cert, 'RFC2253')} -> {name}"),
    "pam_sha1": (["pam_pkcs11"], lambda name, cert: f"{fingerprint(cert, 'sha1')} -> {name}"),
    "pam_sha256": (["pam_pkcs11"], lambda name, cert: f"{fingerprint(cert, 'sha256')} -> {name}"),
    "pam_mail": (["pam_pkcs11"], lambda name, cert: f"{name}@example.com -> {name}"),
    "pam_upn": (["--mapper", "upn", "pam_pkcs11"], lambda name, cert: f"{name}@corp -> {name}"),
    "pam_serial": (["--mapper", "serial", "pam_pkcs11"],
                   lambda name, cert: openssl("x509", "-in", cert.path, "-noout", "-serial").partition("=")[2]
                   + f" -> {name}"),
    "pam_cn": (["--mapper", "cn", "pam_pkcs11"], lambda name, cert: f"{common_name(name).strip()} -> {name}"),
    "htpasswd": (["htpasswd-dn"], lambda name, cert: f"{printed(cert, 'compat')}:xxj31ZMTZzkVA"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("import")


@pytest.fixture(scope="module")
def imports(people, folder):
    """Source → what certmapctl said."""
    runs = {}
    for source, (words, line) in SOURCES.items():
        path = folder / source
        path.write_text(lines(people, line), encoding="utf-8")
        runs[source] = certmapctl("import", *words, str(path))
    return runs


@pytest.fixture(scope="module")
def maps(serve, imports):
    return Maps(serve, {source: run.out for source, run in imports.items()})


@pytest.mark.parametrize("source", SOURCES)
def test_everything_is_expressed(imports, source):
    assert (imports[source].status, imports[source].err) == (0, ""), imports[source]
    assert imports[source].out.count("\n") == len(SUBJECTS) + 2


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("source", SOURCES)
def test_httpd_gives_the_same_account(maps, people, source, name):
    expected = printed(people[name], "compat") if source == "htpasswd" else name
    assert maps.account(source, people[name]) == expected


@pytest.mark.parametrize("source", SOURCES)
def test_nobody_else_gets_in(maps, pki, source):
    assert maps.account(source, pki.alice) == 403


FAKE = """
<Location "/cgi/env/fake">
    SSLOptions +FakeBasicAuth
    AuthType Basic
    AuthName x
    AuthUserFile conf/users
    Require valid-user
</Location>
<Location "/cgi/env/mapped">
    AuthType ClientCert
    CertMapUse users
    Require valid-user
</Location>
"""


@pytest.fixture(scope="module")
def fake(serve, people, folder, imports):
    users = (folder / "htpasswd").read_text(encoding="utf-8")
    return serve(main="<CertMapRule users>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapFile conf/users.map\n"
                      "</CertMapRule>", vhost=FAKE,
                 files={"conf/users": users, "conf/users.map": imports["htpasswd"].out})


@pytest.mark.parametrize("name", SUBJECTS)
def test_fake_basic_auth_gave_the_same_account(fake, people, name):
    before = fake.whoami(people[name], "/cgi/env/fake")["REMOTE_USER"]
    assert fake.whoami(people[name], "/cgi/env/mapped")["REMOTE_USER"] == before


# What an administrator sees besides

def imported(folder, text, *words):
    path = folder / "source"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return certmapctl("import", *words, str(path))


def test_each_loss_is_named_with_its_line(folder):
    run = imported(folder, '# staff\n"/O=Grid/CN=bob" bob,robert\n"/O=Grid/*" all\n/O=Grid/CN=eve eve\n', "gridmap")
    assert run.status == 1
    assert [re.sub(r"^.*/source", "source", line).split(" ")[0] for line in run.err.splitlines()] == [
        "source:2:", "source:3:"]
    assert all("; " in line for line in run.err.splitlines())
    assert run.out.splitlines()[2:] == ["# staff", "subject:CN=bob,O=Grid  bob", "subject:CN=eve,O=Grid  eve"]


def test_the_head_says_where_the_map_came_from_without_its_path(folder):
    run = imported(folder, "/CN=a a\n", "gridmap")
    assert run.out.startswith("# Imported by certmapctl ") and " from source (gridmap)" in run.out.splitlines()[0]
    assert "CertMapIssuedBy" in run.out and os.fspath(folder) not in run.out


def test_standard_input_is_a_file(folder):
    run = certmapctl("import", "gridmap", "-", given=b"/CN=a a\n/CN=b\n")
    assert run.status == 1 and "subject:CN=a  a\n" in run.out
    assert run.err.startswith("-:2: ")


def test_terminals_are_safe(folder):
    run = imported(folder, b"# \x1b[31m\xe2\x80\xae\n/CN=\x1b[2J a\n\x9b31m b\n/CN=c .\x1b[2J\n", "gridmap")
    assert run.status == 1
    for text in (run.out, run.err):
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]", text), text
    assert "\\u001b" in run.out and "\\u001b" in run.err


PG = "prod alice al\ntest alice tester\n"


def test_a_map_of_pg_ident_is_chosen(folder):
    run = imported(folder, PG, "pg_ident")
    assert run.status == 2 and run.out == "" and "has the maps prod, test; choose one with --map NAME" in run.err
    run = imported(folder, PG, "--map", "test", "pg_ident")
    assert run.status == 0 and "subject.CN:alice  tester\n" in run.out and "al\n" not in run.out
    assert "only the lines of the map test are imported, of prod, test" in run.err
    run = imported(folder, PG, "--map", "none", "pg_ident")
    assert run.status == 2 and "has no map none; it has prod, test" in run.err


def test_the_mapper_is_asked_for_where_the_keys_do_not_tell(folder):
    run = imported(folder, "Alice Doe -> alice\n", "pam_pkcs11")
    assert run.status == 2 and run.out == "" and "say --mapper" in run.err
    run = imported(folder, "Alice Doe -> alice\n", "--mapper", "cn", "pam_pkcs11")
    assert run.status == 0 and '"subject.CN:Alice Doe"  alice\n' in run.out


def test_a_part_of_the_name_can_be_the_account(folder):
    run = imported(folder, "/C=DE/CN=Alice Doe:xxj31ZMTZzkVA\n", "--account", "cn", "htpasswd-dn")
    assert run.status == 0 and '"subject:CN=Alice Doe,C=DE"  "Alice Doe"\n' in run.out


@pytest.mark.parametrize("words, message", [
    (["ldif"], "there is no format ldif"),
    (["--map", "x", "gridmap"], "--map has no meaning for gridmap"),
    (["--clientname", "UID", "pg_ident"], "--clientname is CN or DN"),
    (["--mapper", "ldap", "pam_pkcs11"], "there is no mapper ldap"),
    (["--account", "nonsense", "htpasswd-dn"], "--account nonsense is no part of a name"),
])
def test_usage_errors(folder, words, message):
    run = imported(folder, "", *words)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("certmapctl: ") and run.err.count("\n") == 1 and message in run.err


def test_files_that_cannot_be_read(folder):
    for path in (folder / "missing", folder):
        run = certmapctl("import", "gridmap", str(path))
        assert (run.status, run.out) == (2, "")
        assert run.err.startswith(f"certmapctl: cannot read {path}: ") and run.err.count("\n") == 1
    assert "Is a directory; name a file in it" in run.err


def test_an_empty_file_gives_an_empty_map(folder):
    run = imported(folder, "", "gridmap")
    assert run.status == 0 and run.err == "" and len(run.out.splitlines()) == 2
