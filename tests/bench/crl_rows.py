"""Rows for a CRL of a million entries: CertMapCRL beside mod_ssl's SSLCARevocationFile, in the same run."""

import base64
import os
import threading
import time

import setups
from counted import Client, CountedHttpd
from crls import entry, raw, reason
from instruction_rows import CONNECTIONS, REQUESTS
from map_rows import BigServer
from table import Row, thousands

STARTS = 3
PROCESSES = 5       # and their parent
SOME = 10_000       # for what callgrind counts
RELOAD_BOUND = 30
READY, AT_REST, READING, REFUSED = 1.0, 40, 100, 2.0
REQUEST, CONNECTION = 100, 3000
TICK = os.sysconf("SC_CLK_TCK")


def crl(ca, count, *listed):
    """45 octets an entry."""
    sample = entry(b"\x01" + bytes(11), reason(1))
    head, tail = sample[:5], sample[16:]
    octets = os.urandom(11 * count)
    entries = (head + octets[at:at + 11] + tail for at in range(0, len(octets), 11))
    return raw(ca, b"".join([*entries, *map(entry, listed)]))


def pem(der):
    return b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(der) + b"-----END X509 CRL-----\n"


class CrlServer(BigServer):
    def __init__(self, pki, setup):
        super().__init__(pki, mpm="prefork", processes=PROCESSES - 2, **setup)

    def processor_seconds(self):
        return sum(map(_seconds, self.all_processes()))

    def ask_all(self, cert):
        """Until each process has answered: mod_ssl sorts its list when it is asked first."""
        clients = [Client(self.port, cert) for _ in range(PROCESSES)]
        for client in clients:
            assert client.get() == 200, self.error_log()
        for client in clients:
            client.close()


def _seconds(pid):
    """The parent's with what its ended children took."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15])) / TICK


def _started(pki, cert, setup):
    """Processor seconds and megabytes of a server that has answered; the best of several."""
    def once():
        with CrlServer(pki, setup) as httpd:
            httpd.ask_all(cert)
            return httpd.processor_seconds(), httpd.megabytes()
    runs = [once() for _ in range(STARTS)]
    return min(seconds for seconds, _ in runs), min(megabytes for _, megabytes in runs)


class Peak:
    """The most memory of all processes while the block runs."""

    def __init__(self, httpd):
        self._httpd, self._until = httpd, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.megabytes = 0

    def _look(self):
        while not self._until.wait(0.02):
            self.megabytes = max(self.megabytes, self._httpd.megabytes())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._until.set()
        self._thread.join()


def _reload(pki, cert, setup, new):
    """Peak of memory, and seconds until an open connection is refused."""
    with CrlServer(pki, setup) as httpd:
        httpd.ask_all(cert)
        with Client(httpd.port, cert) as client, Peak(httpd) as peak:
            assert client.get() == 200
            httpd.write("conf/new.crl", new)
            begin = time.monotonic()
            os.rename(httpd.path("conf/new.crl"), httpd.path("conf/users.crl"))
            while client.get() == 200:
                assert time.monotonic() < begin + RELOAD_BOUND, httpd.error_log()
                time.sleep(0.02)
            took = time.monotonic() - begin
            time.sleep(0.5)
        return peak.megabytes, took


def big_rows(pki, say):
    cert, ca = pki.person("rsa"), pki.cas["rsa"]
    few, many, new = crl(ca, 10), crl(ca, setups.MILLION), crl(ca, setups.MILLION, int(cert.serial, 16))
    say(f"a CRL of a million entries, {len(many) / 1e6:.0f} MB: mod_ssl")
    ssl = [_started(pki, cert, setups.ssl_revocation(pem(each))) for each in (few, many)]
    say("a CRL of a million entries: CertMapCRL")
    own = [_started(pki, cert, setups.pinned_crl(each)) for each in (few, many)]
    say("a CRL of a million entries: another list")
    peak, refused = _reload(pki, cert, setups.pinned_crl(many), new)
    (base, little), (seconds, megabytes) = own
    theirs = [large - small for small, large in zip(*ssl)]
    return [
        Row("ready, processor time of all processes", f"{base:.2f} s", f"+{theirs[0]:.2f} s (mod_ssl)",
            f"+{seconds - base:.2f} s", f"+{READY:.0f} s", seconds - base <= READY),
        Row(f"memory of all {PROCESSES + 1} processes", f"{little:.0f} MB", f"+{theirs[1]:.0f} MB (mod_ssl)",
            f"+{megabytes - little:.0f} MB", f"+{AT_REST} MB", megabytes - little <= AT_REST),
        Row("the same while a new list is read", f"{little:.0f} MB", "only at a restart (mod_ssl)",
            f"+{peak - little:.0f} MB", f"+{READING} MB", peak - little <= READING),
        Row("an open connection is refused, after a rename", "", "never (mod_ssl)", f"{refused:.1f} s",
            f"{REFUSED + READY:.0f} s", refused <= REFUSED + READY)]


def counted_rows(pki, say):
    """Instructions, beside the same rule without CertMapCRL; a full handshake's RSA alone varies by ten thousand."""
    cert = pki.person("rsa")
    counts = []
    for what, setup in (("no CRL", setups.pinned()), ("a CRL", setups.pinned_crl(crl(pki.cas["rsa"], SOME)))):
        say(f"instructions, {what}")
        with CountedHttpd(pki, tickets=True, **setup) as httpd:
            counts.append((httpd.per_request(cert, REQUESTS),
                           min(httpd.per_resumption(cert, CONNECTIONS, "1.2") for _ in range(STARTS))))
            watching = httpd.per_idle_second()
    return [*(Row(what, f"{without / 1000:.4g} k", "", f"{with_ - without:+.0f}", f"+{goal}", with_ - without <= goal)
            for what, goal, without, with_ in zip(("a keep-alive request with CertMapCRL, instructions",
                                                   "a resumed connection with CertMapCRL, instructions"),
                                                  (REQUEST, CONNECTION), *counts)),
            Row("looking for new lists, instructions each second", "", "", thousands(watching))]
