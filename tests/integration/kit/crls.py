"""Certificate revocation lists made at run time.

    signed(builder(ca, 5, 6, reason=REASON.key_compromise, extensions=[(x509.CRLNumber(1), False)]), ca.key)
    scope(full_name=uris("http://crl.example/1"))      an issuingDistributionPoint, for `extensions`
    raw(ca, entry(b"\x80", reason(1)), extensions=[…])      any octets in any place, as der.py makes them
    OpensslCa(folder, True, "rsa:2048")                a CA of `openssl ca` with numbered CRLs, and its database

    points("http://crl.example/1")                     an extension for pki.Ca.issue(): CRL distribution points
"""

import datetime
import subprocess
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import der
from cert_parts import dirname, extension, name, uri
from certmapctl import openssl
from pki import algorithm, sign

DAY = datetime.timedelta(days=1)
REASON = x509.ReasonFlags
NOW = datetime.datetime.fromtimestamp(int(time.time()), datetime.timezone.utc)
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM


def builder(ca, *serials, reason=None, start=NOW - DAY, end=NOW + DAY, extensions=()):
    """extensions: (value, critical) …"""
    made = (x509.CertificateRevocationListBuilder().last_update(start).next_update(end)
            .issuer_name(x509.load_pem_x509_certificate(ca.pem.encode()).subject))
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY)
        if reason:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        made = made.add_revoked_certificate(entry.build())
    for value, critical in extensions:
        made = made.add_extension(value, critical)
    return made


def signed(made, key, encoding=DER, digest=hashes.SHA256(), **how):
    return made.sign(key, digest, **how).public_bytes(encoding)


def uris(*texts):
    return [x509.UniformResourceIdentifier(text) for text in texts]


def scope(**fields):
    usual = {"full_name": None, "relative_name": None, "only_contains_user_certs": False,
             "only_contains_ca_certs": False, "only_some_reasons": None, "indirect_crl": False,
             "only_contains_attribute_certs": False}
    return x509.IssuingDistributionPoint(**{**usual, **fields}), True


def points(*groups, issuer=None):
    """A group is one point: a URI, or several in a list. `issuer`: the cRLIssuer, as pki.name() takes it."""
    def point(group):
        names = [uri(text) for text in ([group] if isinstance(group, str) else group)]
        full = der.explicit(0, der.implicit(0, *names, constructed=True)) if names else b""
        return der.sequence(full, der.implicit(2, dirname(issuer), constructed=True) if issuer else b"")
    return extension("2.5.29.31", der.sequence(*map(point, groups)))


def reason(number):
    return extension("2.5.29.21", der.tlv(0x0A, bytes([number])))


def number(value):
    return extension("2.5.29.20", der.integer(value))


def entry(serial, *extensions):
    """`serial`: a number or content octets."""
    return der.sequence(der.integer(serial), der.time(NOW - DAY), der.sequence(*extensions) if extensions else b"")


def raw(ca, *entries, start=NOW - DAY, end=NOW + DAY, extensions=(), key=None):
    key = key or ca.key
    tbs = der.sequence(der.integer(1), algorithm(key), name(ca.name), der.time(start), der.time(end) if end else b"",
                       der.sequence(*entries) if entries else b"",
                       der.explicit(0, der.sequence(*extensions)) if extensions else b"")
    return der.sequence(tbs, algorithm(key), der.bits(sign(tbs, key)))


CONFIG = """
[ca]
default_ca = c
[c]
database = {folder}/index.txt
serial = {folder}/serial
{number}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = p
default_days = 1
new_certs_dir = {folder}
[p]
commonName = supplied
[req]
distinguished_name = p
"""


class OpensslCa:
    def __init__(self, folder, numbered, *key, subject="/CN=Corp CA"):
        self.folder = folder
        self.path("index.txt").touch()
        self.path("serial").write_text("80\n")
        number = f"crlnumber = {folder}/crlnumber" if numbered else ""
        self.path("crlnumber").write_text("00FF\n")
        self.path("ca.cnf").write_text(CONFIG.format(folder=folder, number=number))
        openssl("req", "-x509", "-newkey", *key, "-nodes", "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"),
                "-subj", subject, "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
                "keyUsage=critical,keyCertSign,cRLSign", "-days", "2", "-config", self.path("ca.cnf"))

    def path(self, name):
        return self.folder / name

    def ca(self, *arguments):
        subprocess.run(["openssl", "ca", "-batch", "-config", self.path("ca.cnf"), *arguments], check=True,
                       capture_output=True)

    def issue(self, name):
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"), "-config", self.path("ca.cnf"))
        self.ca("-in", self.path(f"{name}.csr"), "-out", self.path(f"{name}.pem"), "-notext")
        return self.path(f"{name}.pem")

    def crl(self, *options):
        self.ca("-gencrl", "-crldays", "1", "-out", self.path("a.crl"), *options)
        return self.path("a.crl")
