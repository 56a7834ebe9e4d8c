"""A tiny DER builder: whatever octets a test wants, wherever it wants them.

    tlv(0x0C, "bob")            one TLV; parts are str (UTF-8), bytes, concatenated
    sequence(a, b)  set_of(a)   constructed types
    integer(5)  oid("1.2.3")  octets(b"..")  bits(b"..")  boolean(True)  null()  time(datetime)
    explicit(0, inner)          [0] { inner }
    implicit(1, "text")         [1] "text" (primitive)
    utf8 / printable / ia5 / t61 / bmp / universal(text or raw bytes)
"""

import datetime

UTF8, PRINTABLE, T61, IA5, VISIBLE, GENERAL, UNIVERSAL, BMP = (
    0x0C, 0x13, 0x14, 0x16, 0x1A, 0x1B, 0x1C, 0x1E)


def _octets(part):
    return part.encode("utf-8") if isinstance(part, str) else bytes(part)


def tlv(tag, *parts):
    content = b"".join(_octets(part) for part in parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    """Elements in DER order, as a SET OF must have them."""
    return tlv(0x31, *sorted(parts))


def explicit(number, *parts):
    return tlv(0xA0 | number, *parts)


def implicit(number, *parts, constructed=False):
    return tlv((0xA0 if constructed else 0x80) | number, *parts)


def integer(value):
    """`value` is a number, or raw content octets."""
    if isinstance(value, int):
        value = value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)
    return tlv(0x02, value)


def oid_content(dotted):
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = b""
    for arc in (40 * first + second, *rest):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | arc & 0x7F)
        content += bytes(reversed(septets))
    return content


def oid(dotted):
    return tlv(0x06, oid_content(dotted))


def octets(content):
    return tlv(0x04, content)


def bits(content, unused=0):
    return tlv(0x03, bytes([unused]), content)


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def null():
    return tlv(0x05)


def time(moment):
    """UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5)."""
    moment = moment.astimezone(datetime.timezone.utc)
    if 1950 <= moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ"))
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ"))


def utf8(text):
    return tlv(UTF8, text)


def printable(text):
    return tlv(PRINTABLE, text)


def ia5(text):
    return tlv(IA5, text)


def t61(text):
    return tlv(T61, text)


def bmp(text):
    return tlv(BMP, text.encode("utf-16-be") if isinstance(text, str) else text)


def universal(text):
    return tlv(UNIVERSAL, text.encode("utf-32-be") if isinstance(text, str) else text)
