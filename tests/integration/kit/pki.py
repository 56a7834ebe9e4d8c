"""Certificates made at run time, with any octets in any place.

    ca = Ca("O=Example", "CN=Corp CA")                          self-signed; parent=other_ca: below it
    cert = ca.issue(["O=Example", "CN=alice"], san=[email("alice@example.com"), upn("alice@corp")])
    cert.path            one PEM file with certificate and key, for clients
    cert.pem .der .key .spki .sha256 .sha1 .spki_sha256 .serial .ski (texts are lower-case hex)

A subject is a list of RDNs in certificate order (least specific first). An RDN is "CN=alice" (short
name or dotted OID; UTF8String, or the type that the attribute wants), a tuple (oid, tag, octets), or
a list of these (multi-valued). bytes instead of the list: the whole Name as DER.
A SAN entry is one of email() dns() uri() ip() rid() dirname() other() upn() krb5() xmpp() srv()
smtputf8(), or any DER of a GeneralName. Texts may be bytes, to hold what is not valid.
not_before and not_after: seconds from now, or a datetime. serial: a number or content octets.
extensions: extension(oid, der_value, critical=False) …, appended after the usual ones.

OpenSSL itself refuses to read a certificate whose subject does not decode (invalid UTF-8, odd
BMPString): such a one never gets as far as the module. Put these octets into a SAN.
"""

import base64
import datetime
import hashlib
import itertools
import math
import os
import secrets
import tempfile
import time as clock

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

import der
from cert_parts import (  # noqa: F401 (tests import these from here)
    AKI, BASIC_CONSTRAINTS, EKU, EXT_KEY_USAGE, KEY_USAGE, SKI, dirname, dns, email, extension,
    ip, krb5, name, other, permitted, policies, rid, san_extension, sid_extension, smtputf8,
    srv, upn, uri, xmpp)


DIGITAL_SIGNATURE, KEY_AGREEMENT = der.bits(b"\x80", 7), der.bits(b"\x08", 3)


def new_key(kind="ec"):
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def sign(tbs, key):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(tbs, ec.ECDSA(hashes.SHA256()))


def algorithm(key):
    if isinstance(key, rsa.RSAPrivateKey):
        return der.sequence(der.oid("1.2.840.113549.1.1.11"), der.null())
    return der.sequence(der.oid("1.2.840.10045.4.3.2"))


def _moment(when, round_up):
    """Certificates know whole seconds: the end is rounded up, so it never comes early."""
    if isinstance(when, datetime.datetime):
        return when
    seconds = clock.time() + when
    seconds = math.ceil(seconds) if round_up else math.floor(seconds)
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def _key_bits(key):
    """The subjectPublicKey's octets, whose SHA-1 is the usual key identifier."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.public_key().public_bytes(serialization.Encoding.DER,
                                             serialization.PublicFormat.PKCS1)
    return key.public_key().public_bytes(serialization.Encoding.X962,
                                         serialization.PublicFormat.UncompressedPoint)


class Files:
    """Gives out file names in one folder, which is there before threads ask for them, and ends with the process."""

    def __init__(self):
        self._numbers = itertools.count(1)
        self._folder = tempfile.TemporaryDirectory(prefix="certmap-pki-")

    def write(self, text):
        path = os.path.join(self._folder.name, f"{next(self._numbers)}.pem")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path


FILES = Files()


class Cert:
    def __init__(self, der_octets, key, serial, not_before, not_after):
        self.der = der_octets
        self.key = key
        self.serial = serial
        self.not_before, self.not_after = not_before, not_after
        self.spki = key.public_key().public_bytes(serialization.Encoding.DER,
                                                  serialization.PublicFormat.SubjectPublicKeyInfo)
        self.ski = hashlib.sha1(_key_bits(key)).hexdigest()
        self.sha256 = hashlib.sha256(der_octets).hexdigest()
        self.sha1 = hashlib.sha1(der_octets).hexdigest()
        self.spki_sha256 = hashlib.sha256(self.spki).hexdigest()
        self.chain = []
        self._path = None

    @property
    def pem(self):
        text = base64.encodebytes(self.der).decode("ascii").replace("\n", "")
        lines = [text[i:i + 64] for i in range(0, len(text), 64)]
        return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])

    @property
    def key_pem(self):
        return self.key.private_bytes(serialization.Encoding.PEM,
                                      serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption()).decode("ascii")

    @property
    def path(self):
        """A file with the certificate, `chain` (set it before) and the key."""
        if self._path is None:
            self._path = FILES.write(self.pem + "".join(ca.pem for ca in self.chain) + self.key_pem)
        return self._path

    def with_chain(self, *certificates):
        """A copy whose client sends these certificates too."""
        copy = Cert(self.der, self.key, self.serial, self.not_before, self.not_after)
        copy.chain = list(certificates)
        return copy

    def wait_expired(self):
        while clock.time() < self.not_after.timestamp() + 1:
            clock.sleep(0.05)


def make(subject, key, issuer, issuer_key, *, serial=None, not_before=-3600, not_after=30 * 86400,
         extensions=(), version=2):
    """Any certificate at all: `subject` and `issuer` as for name(), `extensions` as DER."""
    serial = secrets.randbits(63) | 1 << 62 if serial is None else serial
    start, end = _moment(not_before, False), _moment(not_after, True)
    spki = key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)
    tbs = der.sequence(
        der.explicit(0, der.integer(version)) if version else b"", der.integer(serial),
        algorithm(issuer_key), name(issuer), der.sequence(der.time(start), der.time(end)),
        name(subject), spki, der.explicit(3, der.sequence(*extensions)) if extensions else b"")
    octets = der.sequence(tbs, algorithm(issuer_key), der.bits(sign(tbs, issuer_key)))
    content = der.integer(serial)[2:]
    stripped = content[1:] if len(content) > 1 and content[0] == 0 else content
    return Cert(octets, key, stripped.hex(), start, end)


class Ca:
    """A certificate authority: Ca("O=Example", "CN=Corp CA", parent=root, not_after=…, ca=False, …)."""

    def __init__(self, *subject, parent=None, key=None, ca=True, path_length=None,
                 key_usage=b"\x06", extensions=(), not_before=-7200, not_after=365 * 86400,
                 kind="ec", ski=None):
        self.name = list(subject)
        self.key = key or new_key(kind)
        issuer = parent or self
        constraints = der.sequence(der.boolean(True) if ca else b"",
                                   der.integer(path_length) if path_length is not None else b"")
        key_id = ski or hashlib.sha1(_key_bits(self.key)).digest()
        usual = [extension(BASIC_CONSTRAINTS, constraints, critical=True),
                 extension(SKI, der.octets(key_id))]
        if key_usage is not None:
            usual.append(extension(KEY_USAGE, der.bits(key_usage, 1), critical=True))
        if parent:
            usual.append(_authority_key_id(parent.key))
        self.cert = make(self.name, self.key, issuer.name, issuer.key, not_before=not_before,
                         not_after=not_after, extensions=[*usual, *extensions])

    @property
    def pem(self):
        return self.cert.pem

    def issue(self, subject=("CN=alice",), *, san=(), eku=("clientAuth",), ku=DIGITAL_SIGNATURE, key=None,
              ski=True, aki=True, extensions=(), **how):
        key = key or new_key()
        usual = [extension(KEY_USAGE, ku, critical=True)]
        if eku:
            usual.append(extension(EXT_KEY_USAGE,
                                   der.sequence(*(der.oid(EKU.get(use, use)) for use in eku))))
        if ski:
            usual.append(extension(SKI, der.octets(hashlib.sha1(_key_bits(key)).digest())))
        if aki:
            usual.append(_authority_key_id(self.key))
        if san:
            usual.append(san_extension(san))
        return make(subject, key, self.name, self.key, extensions=[*usual, *extensions], **how)


def _authority_key_id(key):
    return extension(AKI, der.sequence(der.implicit(0, hashlib.sha1(_key_bits(key)).digest())))


class Pki:
    """The authorities that all tests share. Files of the same names are in every server's conf/."""

    def __init__(self):
        self.root = Ca("O=Example", "CN=Root CA")
        self.issuing = Ca("O=Example", "CN=Corp CA", parent=self.root)
        self.partner = Ca("O=Partner", "CN=Partner CA")
        self.twin = Ca("O=Example", "CN=Corp CA")       # the issuing CA's name, another key
        self.stranger = Ca("O=Stranger", "CN=Stranger CA")  # the server does not trust it
        self.server = self.root.issue(["CN=localhost"], eku=("serverAuth",),
                                      san=[dns("localhost"), dns("*.example.test"),
                                           ip("127.0.0.1")])
        self.alice = self.person("alice")
        self.bob = self.person("bob")
        self.carol = self.partner.issue(["O=Partner", "CN=carol"],
                                        san=[email("carol@partner.example")])

    def person(self, login, **how):
        """A certificate of the issuing CA: O=Example,CN=login, SAN e-mail login@example.com."""
        return self.issuing.issue(["O=Example", f"CN={login}"],
                                  san=[email(f"{login}@example.com")], **how)

    def conf_files(self):
        return {
            "conf/root-ca.pem": self.root.pem, "conf/corp-ca.pem": self.issuing.pem,
            "conf/partner-ca.pem": self.partner.pem, "conf/twin-ca.pem": self.twin.pem,
            "conf/stranger-ca.pem": self.stranger.pem,
            "conf/client-cas.pem": "".join(ca.pem for ca in (self.root, self.issuing, self.partner,
                                                              self.twin)),
            "conf/server.pem": self.server.pem + self.server.key_pem,
        }
