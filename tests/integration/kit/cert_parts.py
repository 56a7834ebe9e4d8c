"""Names, subjectAltName entries and extensions as DER; pki.py describes them."""

import ipaddress

import der

ATTRIBUTE_TYPES = {
    "CN": "2.5.4.3", "SN": "2.5.4.4", "serialNumber": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7",
    "ST": "2.5.4.8", "street": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "title": "2.5.4.12",
    "GN": "2.5.4.42", "UID": "0.9.2342.19200300.100.1.1", "DC": "0.9.2342.19200300.100.1.25",
    "emailAddress": "1.2.840.113549.1.9.1",
}
STRING_TYPES = {"C": der.PRINTABLE, "serialNumber": der.PRINTABLE, "DC": der.IA5,
                "emailAddress": der.IA5}
EKU = {"serverAuth": "1.3.6.1.5.5.7.3.1", "clientAuth": "1.3.6.1.5.5.7.3.2",
       "emailProtection": "1.3.6.1.5.5.7.3.4"}
UPN, KRB5, XMPP, SRV, SMTPUTF8 = ("1.3.6.1.4.1.311.20.2.3", "1.3.6.1.5.2.2", "1.3.6.1.5.5.7.8.5",
                                  "1.3.6.1.5.5.7.8.7", "1.3.6.1.5.5.7.8.9")
SID = "1.3.6.1.4.1.311.25.2"
SAN, BASIC_CONSTRAINTS, KEY_USAGE, EXT_KEY_USAGE = ("2.5.29.17", "2.5.29.19", "2.5.29.15",
                                                    "2.5.29.37")
SKI, AKI, NAME_CONSTRAINTS, POLICIES = "2.5.29.14", "2.5.29.35", "2.5.29.30", "2.5.29.32"


def _ava(item):
    if isinstance(item, str):
        name, _, text = item.partition("=")
        return der.sequence(der.oid(ATTRIBUTE_TYPES.get(name, name)),
                            der.tlv(STRING_TYPES.get(name, der.UTF8), text))
    oid, tag, octets = item
    return der.sequence(der.oid(ATTRIBUTE_TYPES.get(oid, oid)), der.tlv(tag, octets))


def name(rdns):
    """A Name as DER; see the top of this file."""
    if isinstance(rdns, bytes):
        return rdns
    if isinstance(rdns, str):
        rdns = [rdns]
    return der.sequence(*(der.set_of(*(_ava(ava) for ava in (rdn if isinstance(rdn, list) else [rdn])))
                          for rdn in rdns))


def email(text):
    return der.implicit(1, text)


def dns(text):
    return der.implicit(2, text)


def uri(text):
    return der.implicit(6, text)


def ip(address):
    return der.implicit(7, address if isinstance(address, bytes)
                        else ipaddress.ip_address(address).packed)


def rid(dotted):
    return der.implicit(8, der.oid_content(dotted))


def dirname(rdns):
    return der.explicit(4, name(rdns))


def other(oid, value):
    """`value`: the DER inside [0] EXPLICIT."""
    return der.implicit(0, der.oid(oid), der.explicit(0, value), constructed=True)


def upn(text):
    return other(UPN, der.utf8(text))


def xmpp(text):
    return other(XMPP, der.utf8(text))


def smtputf8(text):
    return other(SMTPUTF8, der.utf8(text))


def srv(text):
    return other(SRV, der.ia5(text))


def krb5(realm, *components, name_type=1):
    strings = der.sequence(*(der.tlv(der.GENERAL, component) for component in components))
    principal = der.sequence(der.explicit(0, der.integer(name_type)), der.explicit(1, strings))
    return other(KRB5, der.sequence(der.explicit(0, der.tlv(der.GENERAL, realm)),
                                    der.explicit(1, principal)))


def extension(oid, value, critical=False):
    return der.sequence(der.oid(oid), der.boolean(True) if critical else b"", der.octets(value))


def san_extension(names):
    return extension(SAN, der.sequence(*names))


def sid_extension(text):
    """Microsoft's SID extension, 1.3.6.1.4.1.311.25.2."""
    entry = der.implicit(0, der.oid(SID + ".1"), der.explicit(0, der.octets(text)), constructed=True)
    return extension(SID, der.sequence(entry))


def policies(*oids):
    return extension(POLICIES, der.sequence(*(der.sequence(der.oid(oid)) for oid in oids)))


def permitted(*bases):
    """Name constraints with permitted subtrees; bases are GeneralNames (dns("example.com"))."""
    subtrees = der.implicit(0, *(der.sequence(base) for base in bases), constructed=True)
    return extension(NAME_CONSTRAINTS, der.sequence(subtrees), critical=True)
