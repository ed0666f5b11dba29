"""A Google Cloud Storage for tests: PyPI's gcp-storage-emulator with what it lacks.

    gcs-emulator.py FOLDER

listens on a free port of 127.0.0.1, keeps everything in memory, and writes into FOLDER the key of a
service account (key.json) and then its own address (url). Objects are read without credentials by
the JSON API, and by URLs that this service account signed, which are checked by signing them once
more with Google's own library for Python.
"""

import json
import sys
import threading
import time
from calendar import timegm
from http import HTTPStatus, server as http
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gcp_storage_emulator import server
from gcp_storage_emulator.handlers import buckets, objects
from gcp_storage_emulator.storage import Storage
from google.cloud.storage._signing import generate_signed_url_v4
from google.oauth2 import service_account

EMAIL = "soundmill@tests.iam.gserviceaccount.com"

# The storage knows no threads.
LOCK = threading.Lock()

# Sessions whose object is there, as (bucket, name).
FINISHED = {}


class Handler(server.RequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_HEAD(self):
        server.Router(self).handle("HEAD")

    def log_message(self, *_):
        pass


class Request(server.Request):
    def __init__(self, handler, method):
        super().__init__(handler, method)
        # Google's crate for Rust sends a Host without the port, and wants whole URLs back.
        host = handler.headers.get("Host", "")
        if ":" not in host:
            self._base_url = f"http://{host}:{handler.server.server_port}"
            self._full_url = self._base_url + self._path


class Response(server.Response):
    def close(self):
        content = self._content.encode() if isinstance(self._content, str) else self._content
        self._handler.send_response(int(self.status), self.status.phrase)
        for name, value in self._headers.items():
            self._handler.send_header(name, value)
        self._handler.send_header("Content-Length", str(len(content)))
        self._handler.end_headers()
        if self._handler.command != "HEAD":
            self._handler.wfile.write(content)


def read_body(handler):
    """A body to its very end, so that the next request on the connection is understood. What broke
    off is kept where it can be taken up again, and is nothing otherwise."""
    length = handler.headers.get("Content-Length")
    if length:
        body = handler.rfile.read(int(length))
        whole = len(body) == int(length)
    elif handler.headers.get("Transfer-Encoding", "").lower() == "chunked":
        body, whole = read_chunks(handler.rfile)
    else:
        return None
    if not whole and not handler.headers.get("Content-Range"):
        raise ConnectionError("the body broke off")
    return body


def read_chunks(stream):
    chunks = []
    while size := int(stream.readline().strip() or b"0", 16):
        chunk = stream.read(size)
        chunks.append(chunk)
        if len(chunk) < size or not stream.readline():
            return b"".join(chunks), False
    return b"".join(chunks), stream.readline() != b""


class ClientClosedRequest(int):
    """What cancelling a resumable upload is answered with."""

    phrase = "Client Closed Request"


def download(request, response, storage):
    """Reading, with the version and the headers that Google's crate for Rust asks for."""
    objects.download(request, response, storage)
    if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        return
    found = storage.get_file_obj(request.params["bucket_name"], request.params["object_id"])
    if request.query.get("generation", [found["generation"]])[0] != found["generation"]:
        response.status = HTTPStatus.NOT_FOUND
        response.write_file(b"", None)
        return
    response["x-goog-generation"] = found["generation"]
    response["x-goog-metageneration"] = found["metageneration"]
    response["x-goog-stored-content-length"] = found["size"]
    response["x-goog-hash"] = f"crc32c={found['crc32c']},md5={found['md5Hash']}"


def get(request, response, storage):
    """Metadata, or with alt=media the bytes."""
    reading = request.query.get("alt") == ["media"]
    (download if reading else objects.get)(request, response, storage)


def insert(request, response, storage):
    """Starting an upload, which may be meant to make a new object only."""
    only_new = request.query.get("ifGenerationMatch") == ["0"]
    if only_new and exists(storage, request.params["bucket_name"], request.query["name"][0]):
        response.status = HTTPStatus.PRECONDITION_FAILED
        return
    objects.insert(request, response, storage)


def upload(request, response, storage):
    """A part of a resumable upload; the last one must fit what was announced."""
    upload_id = request.query["upload_id"][0]
    if upload_id in FINISHED and request.get_header("Content-Range") == "bytes */*":
        response.json(storage.get_file_obj(*FINISHED[upload_id]))
        return
    if upload_id not in storage.resumable:
        response.status = HTTPStatus.GONE
        return
    announced = storage.resumable[upload_id].get("size")
    sent = len(request.data or b"")
    if not request.get_header("Content-Range") and announced not in (None, str(sent)):
        response.status = HTTPStatus.BAD_REQUEST
        return
    named = storage.resumable[upload_id]
    only_new = request.query.get("ifGenerationMatch") == ["0"]
    if only_new and exists(storage, named["bucket"], named["name"]):
        response.status = HTTPStatus.PRECONDITION_FAILED
        return
    objects.upload_partial(request, response, storage)
    if upload_id not in storage.resumable:
        FINISHED[upload_id] = named["bucket"], named["name"]
    if int(response.status) == 308 and not storage.get_resumable_byte_count(upload_id):
        # It would say that one byte is there.
        del response._headers["Range"]


def cancel(request, response, storage):
    """Giving up a resumable upload."""
    storage.resumable.pop(request.query["upload_id"][0], None)
    response.status = ClientClosedRequest(499)


def exists(storage, bucket, name):
    return name in storage.objects.get(bucket, {})


def signed(credentials):
    """Reading by an URL with a V4 signature."""

    def read(request, response, storage):
        query = {name: values[0] for name, values in request.query.items()}
        signature = query.pop("X-Goog-Signature", "")
        extra = {name: value for name, value in query.items() if not name.startswith("X-Goog-")}
        date, life = query.get("X-Goog-Date", ""), int(query.get("X-Goog-Expires", 0))
        expected = generate_signed_url_v4(
            credentials, urlsplit(request.path).path, life, request.base_url, request.method,
            query_parameters=extra, _request_timestamp=date)
        if not signature or not expected.endswith("&X-Goog-Signature=" + signature):
            response.status = HTTPStatus.FORBIDDEN
            return
        if timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) + life < time.time():
            response.status = HTTPStatus.BAD_REQUEST
            return
        download(request, response, storage)
        if "response-content-type" in query:
            response["Content-type"] = query["response-content-type"]

    return read


def handlers(credentials):
    """The emulator's addresses, with ours in place of its own."""
    ours = {objects.download: download, objects.get: get, objects.insert: insert,
            objects.upload_partial: upload}
    for pattern, methods in server.HANDLERS:
        methods = {method: ours.get(handle, handle) for method, handle in methods.items()}
        if methods.get("PUT") is upload:
            methods["DELETE"] = cancel
        if methods.get("PUT") is objects.xml_upload:
            read = signed(credentials)
            methods = {"GET": read, "HEAD": read}
        yield pattern, {method: locked(handle) for method, handle in methods.items()}


def locked(handle):
    def one_at_a_time(request, response, storage):
        request.data  # is read before, as it may come slowly
        with LOCK:
            handle(request, response, storage)

    return one_at_a_time


def make_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())
    return {
        "type": "service_account", "project_id": "tests", "private_key_id": "tests",
        "private_key": text.decode(), "client_email": EMAIL, "client_id": "1",
        "token_uri": "http://127.0.0.1:9/token",
    }


def make_bucket(name, **rest):
    """Without soft deletion, which would keep everything in memory."""
    bucket = MAKE_BUCKET(name, **rest)
    bucket["softDeletePolicy"]["retentionDurationSeconds"] = "0"
    return bucket


MAKE_BUCKET = buckets._make_bucket_resource


def main(folder):
    key = make_key()
    (folder / "key.json").write_text(json.dumps(key))
    buckets._make_bucket_resource = make_bucket
    server.Request, server.Response, server._read_raw_data = Request, Response, read_body
    server.HANDLERS = tuple(handlers(service_account.Credentials.from_service_account_info(key)))
    storage = Storage(use_memory_fs=True)
    # It would write everything it knows after each change.
    storage._write_config_to_file = lambda: None
    listener = http.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *args: Handler(storage, *args))
    listener.daemon_threads = True
    address = folder / "url.part"
    address.write_text(f"http://127.0.0.1:{listener.server_port}")
    address.rename(folder / "url")
    listener.serve_forever()


main(Path(sys.argv[1]))
