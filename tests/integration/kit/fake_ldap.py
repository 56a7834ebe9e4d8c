"""An LDAP server that does what a test tells it, also badly. It speaks BER itself.

    fake = FakeLdap(on_search=found(("uid=alice,…", {"uid": ["alice"]})))   on 127.0.0.1:fake.port
    FakeLdap(tls=cert), FakeLdap(starttls=cert)   LDAP over TLS; TLS when the client asks for it
    fake.lines("CertMapLDAPTimeout 1")            the lines of a rule that asks it (mail={email})
    fake.searches() .binds() .requests            what clients sent; .connections .open .most_open
    fake.drop()  fake.stop()  fake.start()        closes connections; goes away; is back on its port
    fake.wait_asked_at_start()                    before connections and events can be counted

on_connect, on_starttls, on_bind, on_search are steps (ldap_steps.py), and can be set at any time.
A lookup is any search below a base. Base-scope searches are the module's own questions at start:
on_search does not see them.
"""

import socket
import ssl
import struct
import threading
import time
import types

import der
from ldap_ber import (  # noqa: F401 (tests import these from here)
    BIND_RESPONSE, DONE, EXTENDED_RESPONSE, NOTICE_OID, SEARCH, STARTTLS, entry, filter_values, length,
    message, outcome, read_request)
from ldap_steps import (  # noqa: F401
    BASE, accept, drip, everyone, found, half, half_record, hang_up, later, login_in, person, reset,
    result, silent, then_close)
from watch import wait_for

BIND_DN, PASSWORD = "cn=httpd,dc=example,dc=com", "a-secret-5f2e"
CLOSED = (OSError, EOFError, ssl.SSLError)


class Talk:
    """One connection, in a thread of its own."""

    def __init__(self, fake, connection, number):
        self.fake, self.socket, self.number = fake, connection, number
        self._tls = self._in = self._out = None

    @property
    def secure(self):
        return self._tls is not None

    def start_tls(self, cert):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self.fake.tls_version:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = self.fake.tls_version
        context.load_cert_chain(cert.path)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(self._in, self._out, server_side=True)
        self._pump(tls.do_handshake)
        self._tls = tls

    def _pump(self, action):
        while True:
            try:
                value = action()
                self.send_raw(self._out.read())
                return value
            except ssl.SSLWantReadError:
                self.send_raw(self._out.read())
                self._in.write(self._receive_raw())

    def _receive_raw(self):
        octets = self.socket.recv(65536)
        if not octets:
            raise EOFError
        return octets

    def receive(self):
        return self._pump(lambda: self._tls.read(65536)) or None if self._tls else self._receive_raw()

    def encrypted(self, octets):
        self._tls.write(octets)
        return self._out.read()

    def send(self, octets):
        self.send_raw(self.encrypted(octets) if self._tls else octets)

    def send_raw(self, octets):
        self.socket.sendall(octets)

    def wait(self):
        """Until the other end closes."""
        while self.socket.recv(65536):
            pass
        raise EOFError

    def close(self, reset=False):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        if reset:
            self.socket.close()

    def run(self):
        try:
            self._step(self.fake.on_connect, None)
            if self.fake.tls:
                self.start_tls(self.fake.tls)
            self._serve()
        except CLOSED:
            pass
        finally:
            self.socket.close()
            self.fake.ended(self)

    def _serve(self):
        buffer = b""
        while True:
            try:
                size, start = length(buffer, 0)
                whole = len(buffer) >= start + size
            except EOFError:
                whole = False
            if whole:
                request = self._read(buffer[:start + size])
                buffer = buffer[start + size:]
                self._handle(request)
            else:
                buffer += self.receive() or b""

    def _read(self, octets):
        try:
            request = read_request(octets)
        except (EOFError, IndexError, ValueError):
            request = types.SimpleNamespace(kind="no LDAP", octets=octets)
        request.connection, request.secure, request.time = self.number, self.secure, time.monotonic()
        self.fake.requests.append(request)
        return request

    def _step(self, step, request):
        if step and (octets := step(self, request)):
            self.send(octets)

    def _handle(self, request):
        if request.kind == SEARCH and request.scope == 0:
            self._step(found((request.base, {"objectClass": ["top"]})), request)
        elif request.kind in ("bind", SEARCH, STARTTLS):
            self._step(getattr(self.fake, f"on_{request.kind}"), request)
        elif request.kind == "unbind":
            raise EOFError
        if request.kind == STARTTLS and self.fake.starttls:
            self.start_tls(self.fake.starttls)


class FakeLdap:
    def __init__(self, tls=None, starttls=None, on_connect=None, on_starttls=accept, on_bind=accept,
                 on_search=everyone, start=True, tls_version=None):
        self.tls, self.starttls, self.tls_version = tls, starttls, tls_version
        self.on_connect, self.on_starttls = on_connect, on_starttls
        self.on_bind, self.on_search = on_bind, on_search
        self.requests, self.connections, self.most_open = [], 0, 0
        self._talks, self._lock = set(), threading.Lock()
        self._listener, self._accepting = None, None
        self._bind(0)
        self.port = self._listener.getsockname()[1]
        if start:
            self.start()

    # Life

    def _bind(self, port):
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", port))

    def start(self):
        self._listener.listen(128)
        self._accepting = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._accepting.start()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                talk = Talk(self, connection, self.connections)
                self._talks.add(talk)
                self.most_open = max(self.most_open, len(self._talks))
            threading.Thread(target=talk.run, daemon=True).start()

    def ended(self, talk):
        with self._lock:
            self._talks.discard(talk)

    @property
    def open(self):
        """How many connections are open now."""
        with self._lock:
            return len(self._talks)

    def drop(self, reset=False, notice=False):
        """Closes all connections; `notice`: says so before (RFC 4511 section 4.4.1)."""
        with self._lock:
            talks = list(self._talks)
        for talk in talks:
            try:
                if notice:
                    talk.send(message(0, outcome(EXTENDED_RESPONSE, 52, "bye",
                                                  more=der.tlv(0x8A, NOTICE_OID))))
                talk.close(reset)
            except CLOSED:
                pass

    def stop(self):
        """Nobody listens on the port, but it stays ours."""
        if self._accepting:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._accepting.join()
            self._accepting = None
            self.drop()
            self._bind(self.port)

    def close(self):
        self.stop()
        self._listener.close()

    def wait_asked_at_start(self):
        """Until the module has asked its own questions at start."""
        wait_for(lambda: self.connections and not self.open, "end of the questions at start")

    # What it saw

    def of_kind(self, kind):
        return [request for request in list(self.requests) if request.kind == kind]

    def binds(self):
        return self.of_kind("bind")

    def searches(self, login=None):
        """Lookups, of this login only where one is given."""
        return [request for request in self.of_kind(SEARCH)
                if request.scope != 0 and login in (None, login_in(request))]

    # Lines of a rule

    def url(self, host="127.0.0.1", more_hosts="", scheme=None):
        scheme = scheme or ("ldaps" if self.tls else "ldap")
        return f"{scheme}://{host}:{self.port}{more_hosts}/{BASE}?uid?sub?(mail={{email}})"

    def lines(self, *more, host="127.0.0.1", more_hosts="", bind=True):
        starttls = " STARTTLS" if self.starttls or self.on_starttls is not accept else ""
        protected = ["CertMapLDAPCACert conf/root-ca.pem"] if self.tls or starttls else []
        secret = [f'CertMapLDAPBindDN "{BIND_DN}"',
                  f"CertMapLDAPBindPassword {PASSWORD}"] if bind else []
        return "\n".join([f'CertMapLDAPURL "{self.url(host, more_hosts)}"{starttls}', *protected,
                          *secret, *more])


class BlackHole:
    """A port of 127.0.0.1 where connections are never completed: its backlog is full."""

    def __init__(self):
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        self._fill = []
        while len(self._fill) < 64:
            one = socket.socket()
            self._fill.append(one)
            one.settimeout(0.3)
            try:
                one.connect(("127.0.0.1", self.port))
            except TimeoutError:
                return
        raise AssertionError("this system completes every connection")

    def close(self):
        for one in (self._listener, *self._fill):
            one.close()
