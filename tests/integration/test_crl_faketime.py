"""CertMapCRLStale over days, under libfaketime: good today, stale after nextUpdate and its hours (docs/crl.md)."""
# pylint: disable=redefined-outer-name

import glob
import os

import pytest

from crl_forms import REVOKED, UNKNOWN, certificate, numbered, of_base, serial
from crl_server import CrlServer, Form
from crls import DAY, NOW, builder, signed
from pki import Ca

LIBRARIES = glob.glob("/usr/lib*/faketime/libfaketimeMT.so.1") + glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
POLICIES = {"refuse": "CertMapCRLStale refuse", "hours": "CertMapCRLStale 12", "allow": "CertMapCRLStale allow"}
# How long from now, and whom each policy lets in then. nextUpdate is in 24 hours.
DAYS = {"+23h": {"refuse", "hours", "allow"}, "+25h": {"hours", "allow"}, "+35h": {"hours", "allow"}, "+37h": {"allow"},
        "+500h": {"allow"}}

pytestmark = [pytest.mark.compiled,
              pytest.mark.skipif(not LIBRARIES or "CERTMAP_PRELOAD" in os.environ,
                                 reason="needs libfaketime, and nothing else that is preloaded")]


class Aged:
    def __init__(self, policy):
        self.ca = Ca(f"CN=Days CA {policy}")
        self.alice, self.bob = certificate(self.ca, "alice"), certificate(self.ca, "bob")
        self.form = Form([self.ca], {
            "a.crl": signed(builder(self.ca, serial(self.bob), end=NOW + DAY, extensions=numbered(5)), self.ca.key),
            "delta.crl": signed(builder(self.ca, end=NOW + DAY / 2, extensions=numbered(6, of_base(5))), self.ca.key)},
            lines=(POLICIES[policy],))


class Clock:
    """A server of which `set("+25h")` says how much later than everybody's its time is."""

    def __init__(self, serve, pki, forms):
        file = pki.server.path + ".clock"
        self._set(file, "+0")
        os.chmod(os.path.dirname(file), 0o755)
        # What waits for a while goes on to do so.
        self.server = CrlServer(serve, pki, forms, environment={
            "LD_PRELOAD": LIBRARIES[0], "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        self._file = file

    @staticmethod
    def _set(file, offset):
        with open(file + ".new", "w", encoding="ascii") as new:
            new.write(offset + "\n")
        os.rename(file + ".new", file)

    def set(self, offset):
        self._set(self._file, offset)


@pytest.fixture(scope="module")
def aged():
    return {policy: Aged(policy) for policy in POLICIES}


@pytest.fixture(scope="module")
def clock(serve, pki, aged):
    return Clock(serve, pki, {policy: each.form for policy, each in aged.items()})


def test_good_today_and_stale_after_its_hours(clock, aged):
    server = clock.server
    for offset, let_in in {"+0": set(POLICIES), **DAYS}.items():
        clock.set(offset)
        for policy, each in aged.items():
            expected = "alice" if policy in let_in else UNKNOWN
            assert server.answer(policy, each.alice) == expected, (offset, policy)
            assert server.answer(policy, each.bob) == REVOKED, (offset, policy)
    for policy in POLICIES:
        for file in ("a.crl", "delta.crl"):
            server.wait(policy, file, "crl_stale")
            assert server.actions(policy, file).count("crl_stale") == 1, (policy, file)


def test_tomorrow_s_list_makes_known_again(clock, aged):
    clock.set("+37h")
    each = aged["refuse"]
    clock.server.change("refuse", "a.crl", signed(builder(
        each.ca, serial(each.bob), start=NOW + 1.5 * DAY, end=NOW + 3 * DAY, extensions=numbered(7)), each.ca.key))
    assert clock.server.answer("refuse", each.alice) == "alice"
    assert clock.server.answer("refuse", each.bob) == REVOKED
