"""A mail server for one test: takes mails, or does to them what their recipient's name says.

    smtp.py FOLDER [starttls|implicit] [login]

Writes its authority's certificate to FOLDER/ca.pem, its port to the first line of the output, and
each mail it took to a further line. Ends with its input.
"""

import asyncio
import json
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from ssl import PROTOCOL_TLS_SERVER, SSLContext


class Handler:
    seen = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "nobody":
            return "550 5.1.1 no such user"
        if name == "busy" and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "cut":
            server.transport.abort()
            return "421 cut"
        if name == "slow":
            await asyncio.sleep(3600)
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "login": session.auth_data.login.decode() if session.authenticated else None,
            "hello": session.host_name,
            "port": session.peer[1],
            "message": envelope.content.decode("ascii"),
        }
        print(json.dumps(mail), flush=True)
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    success = data == LoginPassword(b"soundmill", b"p@ss:word/?")
    return AuthResult(success=success, handled=success, auth_data=data)


async def serve(folder, words):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(f"{folder}/ca.pem")
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    login, starttls = "login" in words, "starttls" in words

    def session():
        return SMTP(
            Handler(),
            hostname="localhost",
            tls_context=context if starttls else None,
            require_starttls=starttls,
            authenticator=authenticate if login else None,
            auth_required=login,
            auth_require_tls=starttls,
            loop=loop,
        )

    loop = asyncio.get_running_loop()
    encryption = context if "implicit" in words else None
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=encryption)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(serve(sys.argv[1], sys.argv[2:]))
