"""Remoting frames as bytes: written and read without any product code.

A frame is: int32 length of what follows, one byte header type (0 JSON, 1 binary), 24-bit header
length, header, body. All integers are big-endian.
"""
import itertools
import json
import socket
import struct
import time

JSON_HEADER, BINARY_HEADER = 0, 1
FLAG_RESPONSE, FLAG_ONEWAY = 1, 2
CLIENT_VERSION = 407
LANGUAGES = ["JAVA", "CPP", "DOTNET", "PYTHON", "DELPHI", "ERLANG", "RUBY", "OTHER", "HTTP", "GO",
             "PHP", "OMS", "RUST", "NODE_JS"]


class Closed(Exception):
    """The peer closed the connection."""


class Frame:
    """One decoded frame."""

    def __init__(self, code, opaque, flag=0, ext=None, body=b"", remark=None,
                 version=CLIENT_VERSION, language="JAVA", header_type=JSON_HEADER):
        self.code, self.opaque, self.flag = code, opaque, flag
        self.ext, self.body, self.remark = ext, body, remark
        self.version, self.language, self.header_type = version, language, header_type

    @property
    def is_response(self):
        return bool(self.flag & FLAG_RESPONSE)

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return (f"Frame(code={self.code}, opaque={self.opaque}, flag={self.flag}, ext={self.ext}, "
                f"remark={self.remark!r}, body={self.body[:200]!r})")


def pack(header, body=b"", header_type=JSON_HEADER):
    """Joins header and body bytes to a frame with a true length."""
    word = (header_type << 24) | len(header)
    return struct.pack(">iI", 4 + len(header) + len(body), word) + header + body


def json_header(frame):
    fields = {"code": frame.code, "flag": frame.flag, "language": frame.language,
              "opaque": frame.opaque, "serializeTypeCurrentRPC": "JSON", "version": frame.version}
    if frame.ext is not None:
        fields["extFields"] = {k: str(v) for k, v in frame.ext.items()}
    if frame.remark is not None:
        fields["remark"] = frame.remark
    return json.dumps(fields, separators=(",", ":"), sort_keys=True).encode()


def binary_header(frame):
    ext = b""
    for key, value in (frame.ext or {}).items():
        k, v = key.encode(), str(value).encode()
        ext += struct.pack(">h", len(k)) + k + struct.pack(">i", len(v)) + v
    remark = (frame.remark or "").encode()
    return (struct.pack(">hBhii", frame.code, LANGUAGES.index(frame.language), frame.version,
                        frame.opaque, frame.flag)
            + struct.pack(">i", len(remark)) + remark + struct.pack(">i", len(ext)) + ext)


def encode(frame):
    if frame.header_type == BINARY_HEADER:
        return pack(binary_header(frame), frame.body, BINARY_HEADER)
    return pack(json_header(frame), frame.body)


def _decode_binary(header, body):
    code, language, version, opaque, flag, remark_len = struct.unpack_from(">hBhiii", header)
    at = 17
    remark = header[at:at + remark_len].decode() if remark_len else None
    at += remark_len
    ext_len, = struct.unpack_from(">i", header, at)
    at += 4
    end, ext = at + ext_len, {}
    while at < end:
        key_len, = struct.unpack_from(">h", header, at)
        key = header[at + 2:at + 2 + key_len].decode()
        at += 2 + key_len
        value_len, = struct.unpack_from(">i", header, at)
        ext[key] = header[at + 4:at + 4 + value_len].decode()
        at += 4 + value_len
    return Frame(code, opaque, flag, ext, body, remark, version, LANGUAGES[language], BINARY_HEADER)


def decode(payload):
    """Decodes what follows the length word."""
    word, = struct.unpack_from(">I", payload)
    header_type, header_len = word >> 24, word & 0xFFFFFF
    header, body = payload[4:4 + header_len], payload[4 + header_len:]
    if header_type == BINARY_HEADER:
        return _decode_binary(header, body)
    fields = json.loads(header)
    return Frame(fields["code"], fields["opaque"], fields["flag"], fields.get("extFields"), body,
                 fields.get("remark"), fields.get("version"), fields.get("language"))


class Connection:
    """A blocking connection. Requests of the server (flag bit 0 clear) collect in `pushes`."""

    def __init__(self, address, header_type=JSON_HEADER, timeout=5.0):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.header_type, self.timeout = header_type, timeout
        self.pushes, self._opaque, self._buffer = [], itertools.count(1), b""
        self._early = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    @property
    def local_address(self):
        return "%s:%d" % self.socket.getsockname()[:2]

    def request(self, code, ext=None, body=b"", flag=0, **fields):
        """Builds a frame with the next opaque of this connection."""
        return Frame(code, next(self._opaque), flag, ext, body, header_type=self.header_type, **fields)

    def send(self, data):
        self.socket.sendall(data)

    def _read(self, size, deadline):
        while len(self._buffer) < size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no frame from {self.socket.getpeername()} in time")
            self.socket.settimeout(left)
            try:
                chunk = self.socket.recv(1 << 20)
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                raise Closed("connection closed by the server")
            self._buffer += chunk
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def receive(self, timeout=None):
        """The next frame of any kind."""
        deadline = time.monotonic() + (timeout or self.timeout)
        head = self._read(4, deadline)
        return decode(self._read(struct.unpack(">i", head)[0], deadline))

    def response(self, opaque, timeout=None):
        """The response with this opaque; other responses are kept, requests go to `pushes`."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while opaque not in self._early:
            frame = self.receive(max(deadline - time.monotonic(), 0.001))
            if frame.is_response:
                self._early[frame.opaque] = frame
            else:
                self.pushes.append(frame)
        return self._early.pop(opaque)

    def call(self, code, ext=None, body=b"", timeout=None, **fields):
        frame = self.request(code, ext, body, **fields)
        self.send(encode(frame))
        return self.response(frame.opaque, timeout)

    def is_closed_by_peer(self, timeout):
        """True once the server has closed; False when it is still open after `timeout` seconds."""
        try:
            while True:
                self.receive(timeout)
        except Closed:
            return True
        except TimeoutError:
            return False
