"""What may come in a CRL's place: wrong(ca, cert) → {name: (octets, words of the message)}; each lists `cert`."""

import datetime
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

import der
from cert_parts import dirname, extension, name
from crl_forms import serial
from crls import DAY, NOW, PEM, builder, entry, number, raw, reason, signed
from pki import Ca

UNKNOWN_OID = "1.3.6.1.4.1.99999"


def minutes_from_now(count):
    return datetime.datetime.fromtimestamp(int(time.time()), datetime.timezone.utc) + datetime.timedelta(minutes=count)


def by_sha1(ca, listed):
    algorithm = der.sequence(der.oid("1.2.840.10045.4.1"))
    tbs = der.sequence(der.integer(1), algorithm, name(ca.name), der.time(NOW), der.time(NOW + DAY), der.sequence(entry(listed)))
    return der.sequence(tbs, algorithm, der.bits(ca.key.sign(tbs, ec.ECDSA(hashes.SHA1()))))


def wrong(ca, cert):
    bad = serial(cert)
    twin, nobody = Ca(*ca.name), Ca("CN=Nobody CA")
    crl = signed(builder(ca, bad, start=NOW), ca.key)
    long = signed(builder(ca, *range(1, 20000), bad, start=NOW), ca.key)
    unknown = extension(UNKNOWN_OID, der.null(), critical=True)
    other_issuer = extension("2.5.29.29", der.sequence(dirname(["CN=Other CA"])), critical=True)

    def made(*entries, **how):
        return raw(ca, *(entries or [entry(bad)]), start=NOW, **how)

    return {
        "empty": (b"", "is cut, or is none"),
        "cut": (crl[:-9], "is cut, or is none"),
        "cut in its entries": (long[:len(long) // 2], "is cut, or is none"),
        "head only": (long[:4], "is cut, or is none"),
        "tail": (crl + b"\0\0", "has octets after its end"),
        "half of a PEM block": (signed(builder(ca, bad, start=NOW), ca.key, PEM)[:-30], "PEM block"),
        "a certificate": (ca.pem.encode(), "is cut, or is none"),
        "a map file": (b"email:alice@example.com alice\n", "is cut, or is none"),
        "changed": (crl[:-5] + bytes([crl[-5] ^ 1]) + crl[-4:], "is signed by no CA"),
        "of a twin": (signed(builder(ca, bad, start=NOW), twin.key), "is signed by no CA"),
        "of a stranger": (signed(builder(nobody, bad, start=NOW), nobody.key), "CN=Nobody CA is signed by no CA"),
        "of the future": (signed(builder(ca, bad, start=minutes_from_now(30), end=minutes_from_now(90)), ca.key),
                          "future"),
        "without nextUpdate": (made(end=None), "has no nextUpdate"),
        "critical extension": (made(extensions=[unknown]), UNKNOWN_OID),
        "critical extension of an entry": (made(entry(bad, unknown), extensions=[number(2)]), UNKNOWN_OID),
        "indirect": (made(extensions=[extension("2.5.29.28", der.sequence(der.implicit(4, b"\xff")), critical=True)]), "is indirect"),
        "entry of another issuer": (made(entry(bad, other_issuer)), "is indirect"),
        "removeFromCRL": (made(entry(bad), entry(77, reason(8))), "removeFromCRL"),
        "negative number": (made(extensions=[number(-1)]), "has a negative crlNumber"),
        "extension twice": (made(extensions=[number(1), number(1)]), "has an extension twice"),
        "delta without number": (signed(builder(ca, bad, start=NOW, extensions=[(x509.DeltaCRLIndicator(0), True)]), ca.key),
                                 "is a delta without crlNumber"),
        "weak digest": (by_sha1(ca, bad), "weak digest"),
    }


def million_extensions(ca, *listed):
    """Each with another last arc, of three octets."""
    sample = extension(f"{UNKNOWN_OID}.16384", der.null())
    head, _, tail = sample.partition(b"\x81\x80\x00")
    arcs = (bytes([0x80 | each >> 14, 0x80 | each >> 7 & 0x7F, each & 0x7F]) for each in range(16384, 1016384))
    return raw(ca, *map(entry, listed), start=NOW, extensions=[b"".join(head + arc + tail for arc in arcs)])
