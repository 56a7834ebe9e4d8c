"""What a FakeLdap may answer. A step(talk, request) may talk.send(…) and wait; what it returns is sent.

    everyone        whoever has a mail address in the filter is found: uid is its local part
    found(*entries, code=…, references=…, wrong_id=…)  result(code, …)  accept
    silent          never answers            hang_up  reset    close
    half(step) half_record(step) drip(step, seconds) later(seconds or Event, step) then_close(step)
"""

import re
import time

import der
from ldap_ber import (
    BIND_RESPONSE, DONE, EXTENDED_RESPONSE, REFERENCE, SEARCH, entry, message, outcome)

BASE = "dc=example,dc=com"


RESPONSES = {"bind": BIND_RESPONSE, SEARCH: DONE}


def result(code, diagnostic="", referral=()):
    """A result of this code to whatever was asked."""
    def step(_talk, request):
        tag = RESPONSES.get(request.kind, EXTENDED_RESPONSE)
        return message(request.id, outcome(tag, code, diagnostic, referral))
    return step


def found(*entries, code=0, references=(), wrong_id=0, diagnostic=""):
    """Entries are (dn, {attribute: [values]})."""
    def step(_talk, request):
        number = request.id + wrong_id
        answers = [entry(*one) for one in entries]
        answers += [der.tlv(REFERENCE, der.octets(url.encode())) for url in references]
        return b"".join(message(number, one) for one in (*answers, outcome(DONE, code, diagnostic)))
    return step


def person(login):
    return (f"uid={login},{BASE}", {"uid": [login], "mail": [f"{login}@example.com"]})


def login_in(request):
    """The login whose address is in the filter of a search."""
    match = re.search(rb"([\w.-]+)@example\.com", request.filter)
    return match and match[1].decode()


def everyone(talk, request):
    login = login_in(request)
    return found(*[person(login)] if login else [])(talk, request)


accept = result(0)


def silent(talk, _request=None):
    talk.wait()


def hang_up(talk, _request=None):
    talk.close()


def reset(talk, _request=None):
    talk.close(reset=True)


def half(step):
    def run(talk, request):
        octets = step(talk, request)
        talk.send(octets[:len(octets) // 2])
        talk.wait()
    return run


def half_record(step):
    """Half of the TLS record that the answer is in."""
    def run(talk, request):
        octets = talk.encrypted(step(talk, request))
        talk.send_raw(octets[:len(octets) // 2])
        talk.wait()
    return run


def drip(step, seconds):
    """The answer octet by octet, with pauses."""
    def run(talk, request):
        octets = step(talk, request)
        for at in range(len(octets)):
            talk.send(octets[at:at + 1])
            time.sleep(seconds)
    return run


def later(when, step):
    """After so many seconds, or when the Event is set."""
    def run(talk, request=None):
        time.sleep(when) if isinstance(when, (int, float)) else when.wait(60)
        return step(talk, request)
    return run


def then_close(step):
    def run(talk, request):
        talk.send(step(talk, request))
        talk.close()
    return run
