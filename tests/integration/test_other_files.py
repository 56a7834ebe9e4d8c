"""A file that is named by mistake: a key, a password file, a secret. Messages go to terminals and logs, so they say
what it is and quote nothing of it (docs/map-file.md, "Errors")."""

import base64
import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from config_check import config_checker
from map_tools import MapFiles

RUN = 6  # characters: so many of a secret in a row are a leak
NO_PASSWORD, PASSWORD = form.NoEncryption(), form.BestAvailableEncryption(b"s3cr3t-passphrase")


def private(key, encoding=form.Encoding.PEM, layout=form.PrivateFormat.PKCS8, encryption=NO_PASSWORD):
    return key.private_bytes(encoding, layout, encryption)


def files_of(pki):
    """By name: content, and the noun by which messages call it; none: it has no form of its own."""
    rsa_key, ec_key = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    old, alice = form.PrivateFormat.TraditionalOpenSSL, pki.alice.pem.encode()
    random = base64.b64encode(bytes(range(7, 55)))
    return {
        "rsa.key": (private(rsa_key), "a private key"),
        "old.key": (private(rsa_key, layout=old), "a private key"),
        "ec.key": (private(ec_key, layout=old), "a private key"),
        "encrypted.key": (private(rsa_key, encryption=PASSWORD), "a private key"),
        "openssh.key": (private(ec_key, layout=form.PrivateFormat.OpenSSH), "a private key"),
        "der.key": (private(rsa_key, form.Encoding.DER), "a private key"),
        "bag.pem": (b"Bag Attributes\n    friendlyName: alice\nKey Attributes: <No Attributes>\n" + private(rsa_key),
                    "a private key"),
        "bom.key": (b"\xef\xbb\xbf" + private(rsa_key), "a private key"),
        "crlf.key": (private(rsa_key).replace(b"\n", b"\r\n"), "a private key"),
        "alice.der": (base64.b64decode(b"".join(alice.split(b"\n")[1:-2])), "a certificate"),
        "alice.p12": (pkcs12.serialize_key_and_certificates(b"alice", rsa_key, None, None, PASSWORD), "a PKCS#12 file"),
        "dh.pem": (b"-----BEGIN DH PARAMETERS-----\n" + random + b"\n-----END DH PARAMETERS-----\n", "a PEM file"),
        "half.key": (b"\n".join(private(rsa_key).split(b"\n")[1:]), None),
        "htpasswd": (b"alice:$apr1$Xv5kqU3M$T0pS3cr3tHashOfAlice.\nbob:{SHA}b0bsS3cr3tDigest012345=\n", None),
        "slash": (b"/" + random + b"\n", None),
        "base64": (random + b"\n", None),
        "hex": (os.urandom(32).hex().encode() + b"\n", None),
        "words": (b"correcthorse batterystaple\n", None),
        "quote": (b'correcthorse"batterystaple\n"correcthorse"batterystaple\n', None),
        "colon": (b"correct+horse:batterystaple groups=horsebattery\n", None),
        "known": (b"emial:batterystaple staplebattery horsebattery\n", None),
    }


NAMES = ["rsa.key", "old.key", "ec.key", "encrypted.key", "openssh.key", "der.key", "bag.pem", "bom.key", "crlf.key",
         "alice.der", "alice.p12", "dh.pem", "half.key", "htpasswd", "slash", "base64", "hex", "words", "quote",
         "colon", "known"]


def is_certificate(content):
    try:
        return bool(x509.load_der_x509_certificate(content))
    except ValueError:
        return False


def pieces(content):
    """What must not be told: a line less the labels of PEM. A certificate is no secret."""
    if is_certificate(content):
        return set()
    text = content.decode("utf-8", "replace")
    lines = [line for line in text.splitlines() if not line.startswith(("-----", "Bag", "Key", "\ufeff---", "    fr"))]
    return {line[at:at + RUN] for line in lines for at in range(len(line) - RUN + 1)}


def check_silent(content, said):
    told = {piece for piece in pieces(content) if piece in said}
    assert not told, said


@pytest.fixture(scope="module")
def others(pki):
    return files_of(pki)


@pytest.fixture(scope="module")
def files(tmp_path_factory, pki, others):
    made = MapFiles(tmp_path_factory.mktemp("others"), alice=pki.alice)
    for name, (content, _) in others.items():
        made.write(name, content)
    made.write("empty.log", "")
    return made


MAP_COMMANDS = [("lint", "{}"), ("add", "{}", "email:x@example.com", "x"), ("block", "{}", "email:x@example.com"),
                ("unblock", "{}", "email:x@example.com"), ("remove", "{}", "email:x@example.com")]
IMPORTS = [("import", "gridmap", "{}"), ("import", "htpasswd-dn", "{}"), ("import", "pam_pkcs11", "--mapper", "cn", "{}"),
           ("import", "pg_ident", "{}")]
OTHER_COMMANDS = [("expiring", "{}"), ("show", "{}"), ("add", "new.map", "{}", "x"),
                  ("notify", "--from", "a@example.com", "--template", "{}", "{}"),
                  ("notify", "--from", "a@example.com", "--state", "{}", "--sendmail", "/bin/true", "empty.log"),
                  ("replay", "--certificates", ".", "{}"), ("lint", "--issued-by", "{}", "{}"), ("explain", "{}")]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("words", [*MAP_COMMANDS, *IMPORTS, *OTHER_COMMANDS], ids=" ".join)
def test_no_command_quotes_a_file_named_by_mistake(files, others, name, words):
    content, noun = others[name]
    run = files.run(*(word.format(name) for word in words))
    check_silent(content, run.err if words in IMPORTS and run.status != 2 else run.out + run.err)
    if words in MAP_COMMANDS + IMPORTS:
        assert run.status == 0 and words in IMPORTS or noun is None or noun in run.out + run.err, run
    if words in MAP_COMMANDS:
        assert run.status != 0, run
    assert files.path(name) and files.run("lint", name).status == 1  # it is as it was


WORD = "Xyzzy"
SHADOW = f"{WORD}:$6${WORD}${WORD}:19000:0:99999:7:::"
# Lines of other files that come near to what is expected; the word may be a login or a password.
NEAR_MAP_LINES = [
    SHADOW, f"mail:{WORD}:8:8:{WORD}:/var/mail:/bin/{WORD}", f"email:{WORD} a {WORD}", f"dns:a b {WORD}=c",
    f"dns:{WORD} b {WORD}groups=c", f"dns:a b expires={WORD}", f'dns:a "b {WORD} "', f"dns:a !{WORD}",
    f'dns:a b "groups=a,{WORD} "', f"dns:a ! groups={WORD}", f"subject:{WORD} a", f"subject:{WORD}={WORD} a",
    f'"subject:CN={WORD},{WORD}=x" a', f"subject:CN=#{WORD} a", f"subject:E={WORD} a", f"subject.{WORD}:x y",
    f"issuer.{WORD}: y", f"ext.{WORD}:00 y", f"othername.{WORD}:00 y", f"issuer-serial:{WORD}@{WORD} a",
    f"issuer-serial:0a@{WORD}={WORD} a", f"ip:{WORD} a", f"ku:{WORD} a", f"eku:{WORD} a", f"sid:{WORD} a",
    f"krb5:{WORD} a", f"notafter:{WORD} a", f"{WORD}: {WORD}", f"{WORD} {WORD}", f'email:"{WORD}', f'"email:{WORD}',
    f'"email:{WORD}"{WORD}', f"1.2.99999.4:{WORD} {WORD}", f"dns:{WORD} {WORD}", f"dns:{WORD} {WORD}",
    f'"dns: {WORD}" x', f'dns:y{WORD} b "groups=a;{WORD}"', f"othername.1.3.6.1.4.1.311.20.2.3:{WORD.encode().hex()} x"]
NEAR_IMPORT_LINES = {
    "gridmap": [f"/{WORD}={WORD} a", f"/CN=x/{WORD}={WORD} a", f'"/CN=b" !{WORD}', f"/CN={WORD}", SHADOW],
    "htpasswd-dn": [f"/{WORD}={WORD}:{WORD}", f"/CN=a/{WORD}=x:{WORD}", f"/CN=a:{WORD}", SHADOW],
    "pam_pkcs11": [f"{WORD} -> {WORD} {WORD}", f"{WORD} {WORD}", f"a -> !{WORD}", SHADOW],
    "pg_ident": [f"include {WORD}", f"m @{WORD} x", f"m a,{WORD} x", f"m /{WORD} x", f"m x /{WORD}", f"m x +{WORD}",
                 f"m {WORD}", f"m a !{WORD}", SHADOW]}
IMPORT_WORDS = {"pam_pkcs11": ["--mapper", "mail"], "pg_ident": ["--map", "m"]}


def is_told(output):
    return WORD in output or WORD.encode().hex() in output


@pytest.mark.parametrize("line", NEAR_MAP_LINES)
def test_a_word_of_another_file_was_quoted_from_a_map_file(files, line):
    files.write("near.map", f"email:first@example.com first\n{line}\n")
    for words in (["lint", "near.map"], ["add", "near.map", "email:x@example.com", "x"], ["block", "near.map", "dns:x"]):
        run = files.run(*words)
        assert not is_told(run.out + run.err), run


def test_a_word_of_another_file_was_quoted_by_the_server(checker):
    with open(os.path.join(checker.root, "conf/near.map"), "w", encoding="utf-8") as file:
        file.write("\n".join(NEAR_MAP_LINES) + "\n")
    code, output, _ = checker(DIRECTIVES["CertMapFile"].format("near.map"), "trace8")
    assert code != 0 and not is_told(output), output
    assert "near.map:3: field 3 is no option; there are groups=NAME,... and expires=YYYY-MM-DD" in output


@pytest.mark.parametrize("form, line", [(form, line) for form, lines in NEAR_IMPORT_LINES.items() for line in lines])
def test_a_word_of_another_file_was_quoted_by_import(files, form, line):
    files.write("near", line + "\n")
    run = files.run("import", form, *IMPORT_WORDS.get(form, []), "near")
    assert run.err and not is_told(run.err), run


DIRECTIVES = {
    "CertMapFile": "<CertMapRule r>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapFile conf/{}\n</CertMapRule>",
    "CertMapCRL": "<CertMapRule r>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapCRL conf/{}\nCertMapDeny\n</CertMapRule>",
    "CertMapIssuedBy": "<CertMapRule r>\nCertMapIssuedBy conf/{}\nCertMapDeny\n</CertMapRule>",
    "CertMapLDAPCACert": "CertMapLDAPCACert conf/{}",
    "CertMapLDAPClientCert": "CertMapLDAPClientCert conf/{0} conf/{0}",
    "CertMapLDAPBindPassword": "CertMapLDAPBindDN cn=x\nCertMapLDAPBindPassword file:conf/{}",
    "CertMapCacheSecret": "CertMapCacheSecret file:conf/{}",
}


@pytest.fixture(scope="module")
def checker(pki, others):
    with config_checker(pki, {f"conf/{name}": content for name, (content, _) in others.items()}) as check:
        yield check


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("directive", DIRECTIVES)
def test_no_directive_quotes_a_file_named_by_mistake(checker, others, name, directive):
    content, noun = others[name]
    code, output, _ = checker(DIRECTIVES[directive].format(name), "trace8")
    check_silent(content, output)
    if directive in ("CertMapFile", "CertMapIssuedBy"):
        assert code != 0 and (noun is None or noun in output), output


@pytest.mark.parametrize("directive, wanted", [
    ("CertMapIssuedBy", "PEM CA certificates"), ("CertMapLDAPCACert", "PEM certificates"),
    ("CertMapLDAPClientCert", "PEM certificates")])
@pytest.mark.parametrize("name, words", [
    ("alice.der", "is a certificate in DER; make PEM of it with openssl x509 -inform DER"),
    ("rsa.key", "is a private key"), ("alice.p12", "is a PKCS#12 file")])
def test_a_directive_says_what_another_file_than_certificates_is(checker, directive, wanted, name, words):
    code, output, _ = checker(DIRECTIVES[directive].format(name))
    assert code != 0 and f"{name}: {words}" in output and f"name a file with {wanted}" in output, output


def test_a_map_file_that_becomes_a_key_is_not_told_to_the_logs(make_httpd, pki, others):
    content, _ = others["rsa.key"]
    with make_httpd(main=DIRECTIVES["CertMapFile"].format("m.map"), files={"conf/m.map": "email:a@example.com a\n"},
                    audit="CertMapAuditLog logs/audit.log") as httpd:
        seen = httpd.watch()
        httpd.write("conf/m.new", content)
        os.rename(httpd.path("conf/m.new"), httpd.path("conf/m.map"))
        assert "is a private key, no map file" in seen.error("no map file")
        check_silent(content, httpd.error_log() + httpd.read("logs/audit.log"))
