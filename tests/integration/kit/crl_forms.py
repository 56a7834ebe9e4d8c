"""CRLs as the CAs of this world publish them, each with who is let in: forms(folder) → crl_server.Form by name."""

import os

from cryptography import x509

import der
from cert_parts import email
from crl_server import Form
from crls import DAY, NOW, PEM, REASON, OpensslCa, builder, points, scope, signed, uris
from pki import FILES, Ca

REVOKED, UNKNOWN = "certificate_revoked", "revocation_unknown"
CA_VERSION, NEXT_PUBLISH, LOCATIONS = (f"1.3.6.1.4.1.311.21.{arc}" for arc in (1, 4, 14))


def certificate(ca, name, *extensions, **how):
    return ca.issue([f"CN={name}"], san=[email(f"{name}@example.com")], extensions=extensions, **how)


def other(oid, value):
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), False


def authority(ca):
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), False


def serial(cert):
    return int(cert.serial, 16)


def numbered(number, *more):
    return [(x509.CRLNumber(number), False), *more]


def of_base(number):
    return x509.DeltaCRLIndicator(number), True


# Active Directory Certificate Services

AD = ["ldap:///CN=AD%20CA,CN=pki,CN=CDP,CN=Public%20Key%20Services,CN=Services,DC=corp,DC=example?certificateRevocationList",
      "http://pki.corp.example/CertEnroll/AD%20CA.crl"]


def adcs_extensions(ca, number, *more):
    """NextPublish is no critical extension, and comes before nextUpdate, which has an overlap."""
    return numbered(number, authority(ca), other(CA_VERSION, der.integer(0)),
                    other(NEXT_PUBLISH, der.time(NOW + DAY / 2)), *more)


def adcs(name="AD CA", idp=()):
    """Complete and delta; certificates name one point with two addresses."""
    ca = Ca("DC=example", "DC=corp", f"CN={name}")
    alice, bob, mallory, holly, stays = (certificate(ca, who, points(AD)) for who in
                                         ("alice", "bob", "mallory", "holly", "stays"))
    freshest = x509.FreshestCRL([x509.DistributionPoint(uris(AD[1].replace(".crl", "+.crl")), None, None, None)])
    base = builder(ca, serial(bob), extensions=adcs_extensions(ca, 10, (freshest, False), other(
        LOCATIONS, der.sequence(der.sequence(der.explicit(0, der.implicit(0, der.implicit(6, AD[0]), constructed=True))))), *idp))
    for held in (holly, stays):
        base = base.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial(held)).revocation_date(NOW - DAY)
            .add_extension(x509.CRLReason(REASON.certificate_hold), False).build())
    delta = builder(ca, serial(holly), reason=REASON.remove_from_crl, extensions=adcs_extensions(ca, 12, of_base(10), *idp))
    delta = delta.add_revoked_certificate(
        x509.RevokedCertificateBuilder().serial_number(serial(mallory)).revocation_date(NOW - DAY).build())
    files = {f"{name}.crl": signed(base, ca.key), f"{name}+.crl": signed(delta, ca.key)}
    return Form([ca], files, {"alice": (alice, "alice"), "bob": (bob, REVOKED), "mallory": (mallory, REVOKED),
                              "holly": (holly, "holly"), "stays": (stays, REVOKED)}, tuple(files))


def adcs_with_scope():
    """"Include in the IDP extension of issued CRLs"."""
    return adcs("AD scoped CA", [scope(full_name=uris(*AD))])


def adcs_new_key():
    """A CRL for each key, of which one is named AD(1).crl."""
    old, new = Ca("DC=example", "CN=AD renewed CA"), Ca("DC=example", "CN=AD renewed CA")
    people, crls = {}, {}
    for ca, suffix, version in ((old, "", 0), (new, "(1)", 0x10001)):
        good, bad = (certificate(ca, f"{who}{suffix}") for who in ("alice", "bob"))
        people |= {f"alice{suffix}": (good, f"alice{suffix}"), f"bob{suffix}": (bad, REVOKED)}
        crls[f"AD{suffix}.crl"] = signed(builder(ca, serial(bad), extensions=numbered(
            7, authority(ca), other(CA_VERSION, der.integer(version)))), ca.key)
    return Form([old, new], crls, people)


def adcs_lost_key():
    """Of the new key there is no CRL: whom it signed is not known."""
    form = adcs_new_key()
    return form._replace(files={"AD.crl": form.files["AD.crl"]}, people={
        **form.people, "alice(1)": (form.people["alice(1)"][0], UNKNOWN), "bob(1)": (form.people["bob(1)"][0], UNKNOWN)})


# EJBCA

def partition(number):
    return f"http://ejbca.example/crl?partition={number}"


def ejbca():
    """Partitions; the new key signs for both keys."""
    old, new = Ca("CN=EJBCA"), Ca("CN=EJBCA")
    people = {"one": (certificate(new, "one", points(partition(1))), "one"),
              "two": (certificate(new, "two", points(partition(2))), "two"),
              "three": (certificate(new, "three", points(partition(3))), UNKNOWN),  # there is no such partition
              "none": (certificate(new, "none"), "none"),
              "bad": (certificate(new, "bad", points(partition(2))), REVOKED),
              "astray": (certificate(new, "astray", points(partition(2))), REVOKED),  # on a partition that is not his
              "old": (certificate(old, "old", points(partition(1))), UNKNOWN),  # of the old key nobody says anything
              "oldbad": (certificate(old, "oldbad", points(partition(1))), REVOKED)}
    listed = {1: ("oldbad", "astray"), 2: ("bad",)}
    crls = {f"p{part}.crl": signed(builder(new, *(serial(people[who][0]) for who in who_is), extensions=numbered(
        part, authority(new), scope(full_name=uris(partition(part))))), new.key) for part, who_is in listed.items()}
    return Form([old, new], crls, people)


def ejbca_allowed():
    """With `allow`, whom the old key signed is let in, unless he is revoked."""
    form = ejbca()
    people = {who: (cert, who if answer == UNKNOWN else answer) for who, (cert, answer) in form.people.items()}
    return form._replace(people=people, lines=("CertMapCRLStale allow",))


# FreeIPA

def freeipa():
    """The folder of all past CRLs. Certificates name a cRLIssuer that signs nothing; a link names the newest."""
    ca = Ca("O=IPA.EXAMPLE", "CN=Certificate Authority")
    point = points("http://ipa-ca.ipa.example/ipa/crl/MasterCRL.bin", issuer=["O=ipaca", "CN=Certificate Authority"])
    alice, bob, held = (certificate(ca, who, point) for who in ("alice", "bob", "held"))
    days = {3: [held], 2: [held, bob], 1: [bob]}  # a hold that is over
    crls = {f"MasterCRL-2026112{8 - day}-010000.der": signed(builder(
        ca, *map(serial, listed), start=NOW - day * DAY, end=NOW + (1.5 - day) * DAY,
        extensions=numbered(100 - day, authority(ca))), ca.key) for day, listed in days.items()}
    crls["MasterCRL.bin"] = max(crls.items())[1]
    return Form([ca], crls, {"alice": (alice, "alice"), "bob": (bob, REVOKED), "held": (held, "held")})


def freeipa_points():
    """Partitioned issuing points: users and CAs apart."""
    ca = Ca("O=IPA.EXAMPLE", "CN=Issuing Points")
    alice, bob = (certificate(ca, who) for who in ("alice", "bob"))
    crls = {"users.der": signed(builder(ca, serial(bob), extensions=numbered(3, scope(only_contains_user_certs=True))), ca.key),
            "cas.der": signed(builder(ca, extensions=numbered(3, scope(only_contains_ca_certs=True))), ca.key)}
    return Form([ca], crls, {"alice": (alice, "alice"), "bob": (bob, REVOKED)})


def only_of_cas():
    form = freeipa_points()
    return form._replace(files={"cas.der": form.files["cas.der"]}, people={
        who: (cert, UNKNOWN) for who, (cert, _) in form.people.items()})


# Others

def vault():
    """PEM, complete and delta in one file; the delta's base is the number of the complete one."""
    ca = Ca("CN=Vault CA")
    alice, bob, mallory = (certificate(ca, who) for who in ("alice", "bob", "mallory"))
    complete = signed(builder(ca, serial(bob), extensions=numbered(4, authority(ca))), ca.key, PEM)
    delta = signed(builder(ca, serial(mallory), extensions=numbered(5, authority(ca), of_base(4))), ca.key, PEM)
    return Form([ca], {"crl.pem": complete + delta}, {"alice": (alice, "alice"), "bob": (bob, REVOKED),
                                                      "mallory": (mallory, REVOKED)}, ("crl.pem",))


def step_ca():
    """The CRL names a point, the certificates name none."""
    ca = Ca("O=Smallstep", "CN=Smallstep Intermediate CA")
    alice, bob, elsewhere = certificate(ca, "alice"), certificate(ca, "bob"), certificate(ca, "eve", points("http://else.example/crl"))
    crl = signed(builder(ca, serial(bob), extensions=numbered(2, authority(ca), scope(
        full_name=uris("https://ca.example/crl")))), ca.key)
    return Form([ca], {"ca.der": crl}, {"alice": (alice, "alice"), "bob": (bob, REVOKED), "eve": (elsewhere, UNKNOWN)})


class FromFile:
    """A certificate of openssl, for clients."""

    def __init__(self, ca, name):
        self.pem = ca.issue(name).read_text()
        self.path = FILES.write(self.pem + ca.path(f"{name}.key").read_text())


class PemFile:
    def __init__(self, path):
        self.pem = path.read_text()


def openssl_ca(folder, numbers):
    os.mkdir(folder)
    made = OpensslCa(folder, numbers, "rsa:2048", subject=f"/CN=openssl ca {numbers}")
    alice, bob, held = (FromFile(made, who) for who in ("alice", "bob", "held"))
    made.ca("-revoke", made.path("bob.pem"), "-crl_reason", "keyCompromise")
    made.ca("-revoke", made.path("held.pem"), "-crl_hold", "holdInstructionReject")
    return Form([PemFile(made.path("ca.pem"))], {"a.pem": made.crl().read_bytes()}, {
        "alice": (alice, "alice"), "bob": (bob, REVOKED), "held": (held, REVOKED)})


def forms(folder):
    made = [adcs, adcs_with_scope, adcs_new_key, adcs_lost_key, ejbca, ejbca_allowed, freeipa, freeipa_points,
            only_of_cas, vault, step_ca]
    return {**{each.__name__: each() for each in made}, "openssl": openssl_ca(folder / "numbered", True),
            "openssl_without_numbers": openssl_ca(folder / "plain", False)}
