"""LDAP messages as octets (RFC 4511): what a server reads and answers.

    read_request(octets)     kind, id and the fields of a bind, a search, StartTLS …
    message(id, outcome(DONE, 0))  message(id, entry(dn, {name: [values]}))
    filter_values(request.filter)  every octet string of a filter as it was sent
"""

import types

import der

STARTTLS_OID, NOTICE_OID = b"1.3.6.1.4.1.1466.20037", b"1.3.6.1.4.1.1466.20036"
SEARCH, STARTTLS = "search", "starttls"
KINDS = {0x60: "bind", 0x42: "unbind", 0x63: SEARCH, 0x50: "abandon", 0x77: "extended"}
BIND_RESPONSE, ENTRY, DONE, REFERENCE, EXTENDED_RESPONSE = 0x61, 0x64, 0x65, 0x73, 0x78


# BER (RFC 4511 section 5.1): definite lengths, tags of one octet

def length(octets, at):
    """(length of the content, where it begins) of the TLV at `at`; EOFError where octets are missing."""
    if len(octets) < at + 2:
        raise EOFError
    size, start = octets[at + 1], at + 2
    if size & 0x80:
        start += size & 0x7F
        if len(octets) < start:
            raise EOFError
        size = int.from_bytes(octets[at + 2:start], "big")
    return size, start


def parts(octets):
    """[(tag, content, whole TLV) …]"""
    found_parts, at = [], 0
    while at < len(octets):
        size, start = length(octets, at)
        found_parts.append((octets[at], octets[start:start + size], octets[at:start + size]))
        at = start + size
    return found_parts


def filter_values(octets):
    """All octet strings of a filter as it was sent, attribute descriptions too, in order."""
    values = []
    for tag, content, _ in parts(octets):
        values += filter_values(content) if tag & 0x20 else [content]
    return values


def _number(octets):
    return int.from_bytes(octets, "big", signed=True)


def read_request(octets):
    """The LDAPMessage as a namespace: kind, id, and what the operation has."""
    (_, number, _), (tag, content, _), *_ = parts(parts(octets)[0][1])
    request = types.SimpleNamespace(id=_number(number), kind=KINDS.get(tag, hex(tag)), octets=octets)
    fields = parts(content) if tag & 0x20 else []
    if request.kind == "bind":
        request.version, request.dn = _number(fields[0][1]), fields[1][1].decode()
        request.simple = fields[2][0] == 0x80
        request.password = fields[2][1]
    elif request.kind == "extended" and fields[0][1] == STARTTLS_OID:
        request.kind = STARTTLS
    elif request.kind == SEARCH:
        request.base = fields[0][1].decode()
        request.scope, request.deref, request.size_limit, request.time_limit = (
            _number(field[1]) for field in fields[1:5])
        request.filter = fields[6][2]
        request.attributes = [value.decode() for _, value, _ in parts(fields[7][1])]
    return request


def message(number, operation):
    return der.sequence(der.integer(number), operation)


def outcome(tag, code, diagnostic="", referral=(), more=b""):
    urls = der.tlv(0xA3, *map(der.octets, map(str.encode, referral))) if referral else b""
    return der.tlv(tag, der.tlv(0x0A, bytes([code])), der.octets(b""),
                   der.tlv(0x04, diagnostic), urls, more)


def entry(dn, attributes):
    return der.tlv(ENTRY, der.tlv(0x04, dn), der.sequence(*(
        der.sequence(der.tlv(0x04, name), der.tlv(0x31, *(der.tlv(0x04, value) for value in values)))
        for name, values in attributes.items())))
