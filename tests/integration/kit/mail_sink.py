"""A mail server that keeps what it gets, and msmtp as the sendmail that brings it there.

    with MailSink() as sink:    sink.environment  for the program that runs msmtp
    sink.mails                  [Delivered], in the order of their coming
    sink.rejected.add(address)  refuses mails to it with 550 from now on
"""

import email
import email.policy
import os
import shutil
import tempfile
from collections import namedtuple

from aiosmtpd.controller import Controller

from ports import free_ports

MSMTP = shutil.which("msmtp")
Delivered = namedtuple("Delivered", "sender recipients message octets")


class MailSink:
    def __init__(self):
        self.mails, self.rejected = [], set()
        self._controller = Controller(self, hostname="127.0.0.1", port=free_ports(1)[0])
        self._home = tempfile.mkdtemp(prefix="certmap-mail-", dir="/tmp")

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.rejected:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        self.mails.append(Delivered(envelope.mail_from, envelope.rcpt_tos, message,
                                    envelope.original_content))
        return "250 OK"

    @property
    def environment(self):
        return {"HOME": self._home}

    def __enter__(self):
        self._controller.start()
        port = self._controller.port
        path = os.path.join(self._home, ".msmtprc")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"account default\nhost 127.0.0.1\nport {port}\ntls off\n")
        os.chmod(path, 0o600)
        return self

    def __exit__(self, *_):
        self._controller.stop()
        shutil.rmtree(self._home)
