"""An application behind httpd that sees request headers as CGI, WSGI, Rack and PHP do: HTTP_X_REMOTE_USER.

    with WsgiBackend() as backend:       .port; each answer is the application's environment, a line each
"""

import threading
import wsgiref.simple_server


def environment_page(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{name}={value}\n".encode("latin-1") for name, value in environ.items() if isinstance(value, str)]


class _Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


class WsgiBackend:
    def __init__(self):
        self._server = wsgiref.simple_server.make_server("127.0.0.1", 0, environment_page, handler_class=_Quiet)
        self.port = self._server.server_port

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
