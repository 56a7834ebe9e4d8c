"""Clients for the tests.

    connection = Connection(port, cert=pki.alice, tls="1.3")      HTTP/1.1, kept alive
    response = connection.get("/cgi/env", {"X-Header": "v"})
    response.status  response.headers["…"]  response.text  response.env  (a dict of /cgi/env's lines)
    Connection(port, resume=connection)                           resumes its TLS session
    connection.again()                                            a new one of the same client
    Connection(port, cert=…, tickets=False)                       TLS 1.2: resumed by session ID
    connection.resumed  connection.tls                            True  "1.3"
    connection.present(pki.bob)                                   at the next handshake on it
    Http2(port, cert=…).get_all(["/a", "/b"])                     parallel streams, one Response each
    Http2(port, resume=http2)  .resumed  .tls  .session           as above
    curl(port, "/path", "--cert", pki.alice.path)                 Response of the curl program

HandshakeRefused is raised where the server ends TLS (with TLS 1.3 that shows at the first read).
Post-handshake authentication and renegotiation need nothing here: the certificate is sent when asked.
"""

import base64
import http.client
import socket
import ssl
import struct
import subprocess

import h2.config
import h2.connection
import h2.events

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
TIMEOUT = 60
PATIENCE = 20  # seconds for a server that was told that nothing more comes


class HandshakeRefused(Exception):
    pass


def password(user, secret="password"):
    """Headers that sign in with AuthType Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "backslashreplace")

    @property
    def env(self):
        return dict(line.split("=", 1) for line in self.text.splitlines() if "=" in line)

    def __repr__(self):
        return f"<Response {self.status} {self.text[:300]!r}>"


def tls_context(cert=None, tls=None, alpn=None, ca=None, tickets=True):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if ca:
        context.load_verify_locations(cadata=ca)
        context.verify_mode = ssl.CERT_REQUIRED
    if tls:
        context.minimum_version = context.maximum_version = VERSIONS[tls]
    if cert:
        context.load_cert_chain(cert.path)
    if alpn:
        context.set_alpn_protocols([alpn])
    if not tickets:
        context.options |= ssl.OP_NO_TICKET
    context.post_handshake_auth = True
    return context


def _tls_socket(context, port, sni, session=None):
    plain = socket.create_connection(("127.0.0.1", port), TIMEOUT)
    try:
        return context.wrap_socket(plain, server_hostname=sni, session=session)
    except (ssl.SSLError, ConnectionError) as error:
        plain.close()
        raise HandshakeRefused(str(error)) from error


def _end(sock):
    """Closes when the server has: it writes a request's log lines before it ends the connection."""
    try:
        sock.settimeout(PATIENCE)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
    except OSError:
        pass
    sock.close()


class Connection:
    def __init__(self, port, cert=None, tls=None, sni="localhost", resume=None, plain=False,
                 host=None, tickets=True, context=None):
        self.host = host or sni
        self._port, self._sni, self._session = port, sni, None
        self.context = context or (None if plain else resume.context if resume
                                   else tls_context(cert, tls, tickets=tickets))
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        if plain:
            self._http.connect()
        else:
            self._http.sock = _tls_socket(self.context, port, sni,
                                          resume.session if resume else None)

    @property
    def socket(self):
        return self._http.sock

    @property
    def ended(self):
        """The server closed the connection with its last answer."""
        return self._http.sock is None

    def again(self):
        return Connection(self._port, sni=self._sni, host=self.host, context=self.context)

    @property
    def session(self):
        """Also of a connection that has ended: as it was before the last request."""
        return self._session if self.ended else self._http.sock.session

    @property
    def resumed(self):
        return self._http.sock.session_reused

    @property
    def tls(self):
        return self._http.sock.version().removeprefix("TLSv")

    def present(self, cert):
        """The client certificate for renegotiation or post-handshake authentication from now on."""
        self._http.sock.context = tls_context(cert)

    @property
    def local_port(self):
        return self._http.sock.getsockname()[1]

    def request(self, method, path, headers=None, body=None):
        """Keeps the connection; http.client would silently open a new one, so it is not let."""
        assert self._http.sock is not None, "the server closed the connection"
        headers = {"Host": self.host, **(headers or {})}
        self._session = self.context and self.session
        try:
            self._http.request(method, path, body, headers)
            answer = self._http.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected) as error:
            raise HandshakeRefused(str(error)) from error

    def get(self, path, headers=None):
        return self.request("GET", path, headers)

    def close(self):
        if self._http.sock is not None:
            _end(self._http.sock)
        self._http.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Http2:
    def __init__(self, port, cert=None, tls=None, sni="localhost", resume=None, tickets=True):
        self.host = f"{sni}:{port}"
        self.context = resume.context if resume else tls_context(cert, tls, "h2", tickets=tickets)
        self._socket = _tls_socket(self.context, port, sni, resume.session if resume else None)
        assert self._socket.selected_alpn_protocol() == "h2", "the server did not choose HTTP/2"
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._flush()

    @property
    def session(self):
        return self._socket.session

    @property
    def resumed(self):
        return self._socket.session_reused

    @property
    def tls(self):
        return self._socket.version().removeprefix("TLSv")

    def _flush(self):
        self._socket.sendall(self._h2.data_to_send())

    def get(self, path, headers=None):
        return self.get_all([path], headers)[0]

    def send_all(self, paths, headers=None):
        streams = {}
        for path in paths:
            stream = self._h2.get_next_available_stream_id()
            self._h2.send_headers(stream, [(":method", "GET"), (":path", path), (":scheme", "https"),
                                           (":authority", self.host), *(headers or {}).items()],
                                  end_stream=True)
            streams[stream] = Response(None, {}, b"")
        self._flush()
        return streams

    def get_all(self, paths, headers=None):
        """Sends all requests before it reads the first answer."""
        streams = self.send_all(paths, headers)
        open_streams = set(streams)
        while open_streams:
            for event in self._receive():
                self._take(event, streams, open_streams)
            self._flush()
        return list(streams.values())

    def _receive(self):
        try:
            data = self._socket.recv(65536)
        except (ssl.SSLError, ConnectionError) as error:
            raise HandshakeRefused(str(error)) from error
        if not data:
            raise HandshakeRefused("connection closed")
        return self._h2.receive_data(data)

    def _take(self, event, streams, open_streams):
        if isinstance(event, h2.events.ResponseReceived):
            headers = dict(event.headers)
            streams[event.stream_id].status = int(headers[":status"])
            streams[event.stream_id].headers = headers
        elif isinstance(event, h2.events.DataReceived):
            streams[event.stream_id].body += event.data
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            open_streams.discard(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            open_streams.discard(event.stream_id)
            streams[event.stream_id].status = f"reset {int(event.error_code)}"

    def close(self):
        _end(self._socket)

    def abort(self):
        """Closes with a TCP reset, whatever is still on its way."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def curl(port, path, *options):
    """One request by the curl program, without looking at the server's certificate."""
    url = f"https://localhost:{port}{path}"
    run = subprocess.run(["curl", "-sk", "-o", "-", "-w", "\n%{http_code}", "--resolve",
                          f"localhost:{port}:127.0.0.1", "-m", str(TIMEOUT), *options, url],
                         capture_output=True, check=False)
    body, _, status = run.stdout.rpartition(b"\n")
    if run.returncode:
        raise HandshakeRefused(f"curl: exit {run.returncode}: {run.stderr.decode()}")
    return Response(int(status), {}, body)
