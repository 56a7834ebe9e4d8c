"""A WebSocket or CONNECT tunnel is one request: a block, or the certificate's end, comes too late for one that is open."""

import contextlib
import socket
import threading

import pytest

from php_fpm import PhpFpm, php_fpm
from watch import wait_for
from wsgi_backend import WsgiBackend

MAIN = """
<CertMapRule m>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile conf/m.map
</CertMapRule>
"""
USE = "AuthType ClientCert\nCertMapUse m\nRequire valid-user"
ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
PROXIES = {
    "proxy-pass": "ProxyPass http://127.0.0.1:{port}/ upgrade=websocket",
    "wstunnel": "ProxyPass ws://127.0.0.1:{port}/",
    "rewritten": "RewriteEngine On\nRewriteRule ^ ws://127.0.0.1:{port}/ [P]",
    "handler": "SetHandler proxy:ws://127.0.0.1:{port}/",
    "handler of HTTP": "SetHandler proxy:http://127.0.0.1:{port}/",
    "satisfy any": "SetHandler proxy:ws://127.0.0.1:{port}/\nOrder deny,allow\nDeny from all\nSatisfy Any",
}
UPGRADE = b"GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


@pytest.fixture
def echo():
    """A server that sends back what it gets; a request's head is answered with 101 first. Gives its port."""
    def serve(client):
        with client, contextlib.suppress(OSError):
            while data := client.recv(1000):
                client.sendall(ACCEPTED if data.startswith(b"GET ") else data)

    def accept(server):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def websocket(port):
    return f'ProxyPass "/chat" "http://127.0.0.1:{port}/" upgrade=websocket', "", UPGRADE


def connect(port):
    return (f"ProxyRequests On\nAllowCONNECT {port}", f"<Proxy *>\n{USE}\n</Proxy>",
            f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())


@pytest.mark.parametrize("tunnel", [websocket, connect])
def test_an_open_tunnel_survives_a_block(make_httpd, pki, echo, tunnel):
    vhost, after, request = tunnel(echo)
    httpd = make_httpd(main=MAIN, vhost=vhost + "\n" + after, location=USE,
                       modules=("proxy", "proxy_http", "proxy_connect"),
                       files={"conf/m.map": "email:alice@example.com alice\n"})
    with httpd, httpd.connect(pki.alice) as connection, httpd.connect(pki.alice) as other:
        connection.socket.sendall(request)
        assert connection.socket.recv(1000).split()[1] in (b"101", b"200")
        httpd.write("conf/m.map", "email:alice@example.com !\n")
        wait_for(lambda: other.get("/cgi/env").status == 403)
        connection.socket.sendall(b"still here")
        assert connection.socket.recv(1000) == b"still here"
        with httpd.connect(pki.alice) as again:
            again.socket.sendall(request)
            assert again.socket.recv(1000).split()[1] == b"403"


@pytest.mark.parametrize("line", PROXIES.values(), ids=PROXIES)
def test_the_error_document_of_a_refusal_opens_no_tunnel(make_httpd, pki, echo, line):
    """An application is no document: it would see what the client sent, and answer 101 or 200."""
    sorry = f'<Location "/sorry">\n{line.format(port=echo)}\n</Location>\nErrorDocument 403 /sorry'
    httpd = make_httpd(main=MAIN, vhost=sorry, location=USE, modules=("proxy", "proxy_http", "proxy_wstunnel", "access_compat"),
                       files={"conf/m.map": "email:alice@example.com alice\n"})
    with httpd:
        for cert in (None, pki.carol):
            with httpd.connect(cert) as connection:
                connection.socket.sendall(UPGRADE)
                assert connection.socket.recv(1000).split()[1] == b"403"
        with httpd.connect(pki.alice) as connection:
            connection.socket.sendall(UPGRADE.replace(b"/chat", b"/sorry"))
            assert connection.socket.recv(1000).split()[1] == (b"502" if "proxy:http" in line else b"101")


@pytest.mark.skipif(not php_fpm(), reason="php-fpm is not here")
def test_the_error_document_of_a_refusal_may_be_a_fastcgi_script(make_httpd, pki):
    """It is given one script, as CGI is; PHP pages are served so."""
    with PhpFpm() as php, make_httpd(
            main=MAIN, location=USE, modules=("proxy", "proxy_fcgi"),
            vhost="ErrorDocument 403 /sorry.php\n"
                  f'<Location "/sorry.php">\nSetHandler "proxy:unix:{php.socket}|fcgi://localhost"\n</Location>',
            files={"conf/m.map": "email:alice@example.com alice\n",
                   "htdocs/sorry.php": '<?php echo "sorry ", $_SERVER["REDIRECT_URL"];'}) as httpd:
        answer = httpd.get("/chat", None)
        assert (answer.status, answer.text) == (403, "sorry /chat")


def test_an_application_that_everyone_may_see_may_serve_an_error_document(make_httpd):
    """With what status it likes, as mod_proxy has it without CertMap, too."""
    with WsgiBackend() as application, make_httpd(
            main=MAIN, modules=("proxy", "proxy_http"), files={"conf/m.map": "email:alice@example.com alice\n"},
            vhost=f"<Location />\n{USE}\n</Location>\n<Location /sorry>\nRequire all granted\n"
                  f"ProxyPass http://127.0.0.1:{application.port}/sorry\n</Location>\nErrorDocument 403 /sorry") as httpd:
        assert "PATH_INFO=/sorry" in httpd.get("/chat").text.splitlines()
