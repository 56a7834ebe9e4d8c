"""An HTTP proxy that knows CONNECT only, and leads every host to 127.0.0.1.

    with ConnectProxy({"443": 12345}) as proxy:      proxy.port; CONNECT www.example.com:443 comes to port 12345

Clients that know no other way (svn, git) come by it to a server by the name that it really has.
"""

import socket
import socketserver
import threading


def _copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class _Connect(socketserver.StreamRequestHandler):
    rbufsize = 0

    def handle(self):
        method, _, rest = self.rfile.readline().decode().partition(" ")
        while self.rfile.readline().strip():
            pass
        port = self.server.ports.get(rest.split()[0].rpartition(":")[2])
        if method != "CONNECT" or port is None:
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", port)) as server:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_copy, args=(server, self.connection), daemon=True)
            back.start()
            _copy(self.connection, server)
            back.join()


class ConnectProxy(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, ports):
        super().__init__(("127.0.0.1", 0), _Connect)
        self.ports, self.port = ports, self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
