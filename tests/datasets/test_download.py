"""Downloads, from servers on the loopback interface."""

from __future__ import annotations

import hashlib
import itertools
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.small import small_frames, write_movielens
from tfcourse.datasets import download, movielens
from tfcourse.errors import DataError

BODY = bytes(range(256)) * 1000  # several pieces of 64 KiB
DIGEST = hashlib.sha256(BODY).hexdigest()


class Server:
    """An HTTP server whose behaviour a test chooses.

    Attributes:
        files: path to contents. ranges: whether it understands Range.
        cut: bytes after which the connection is cut, once. status: to answer with, instead of 200.
        headers: to send in place of those that belong to the body; one that is None is left out.
        endless: whether it sends the body again and again. sent: bytes that it sent then.
        drip: seconds between two bytes, or None.
        asked: the Range of each request, or None.
    """

    def __init__(self):
        self.files, self.ranges, self.cut, self.status = {"/file": BODY}, True, None, None
        self.headers, self.endless, self.sent, self.drip = {}, False, 0, None
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                wanted = self.headers.get("Range")
                outer.asked.append(wanted)
                body = outer.files.get(self.path)
                if outer.status or body is None:
                    return self.send_error(outer.status or 404)
                begin, headers = 0, {}
                if wanted and outer.ranges:
                    begin = int(wanted.removeprefix("bytes=").rstrip("-"))
                    if begin >= len(body):
                        return self.send_error(416)
                    self.send_response(206)
                    headers["Content-Range"] = f"bytes {begin}-{len(body) - 1}/{len(body)}"
                else:
                    self.send_response(200)
                rest = body[begin:]
                headers |= {"Content-Length": str(len(rest)), **outer.headers}
                for name, value in headers.items():
                    for one in [value] if isinstance(value, str) else value or []:
                        self.send_header(name, one)
                self.end_headers()
                if outer.endless or outer.drip is not None:
                    return self.send_slowly_or_forever(rest)
                cut, outer.cut = outer.cut, None
                self.wfile.write(rest[:cut])
                if cut is not None:
                    self.wfile.flush()
                    self.connection.shutdown(socket.SHUT_RDWR)

            def send_slowly_or_forever(self, body):
                step = len(body) if outer.drip is None else 1
                begins = range(0, len(body), step)
                for begin in itertools.cycle(begins) if outer.endless else begins:
                    try:
                        self.wfile.write(body[begin : begin + step])
                    except OSError:  # the other side has hung up
                        return
                    outer.sent += step
                    time.sleep(outer.drip or 0)

            def log_message(self, *args): ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(
            target=lambda: self.http.serve_forever(poll_interval=0.01), daemon=True
        )
        self.thread.start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join(5)


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Server()
    yield server
    server.close()


@pytest.fixture
def fetch(server, tmp_path):
    def get(path="/file", digest=DIGEST, **kwargs):
        kwargs.setdefault("progress", False)
        return download.fetch(server.url + path, tmp_path / "new" / "file", digest, **kwargs)

    return get


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "new").mkdir()
    return tmp_path / "new"


def files(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_whole_file(fetch, server, tmp_path):
    path = fetch()
    assert path.read_bytes() == BODY and path == tmp_path / "new" / "file"
    assert files(path.parent) == ["file"] and server.asked == [None]


def test_a_file_that_is_there_is_not_fetched_again(fetch, server):
    assert fetch() == fetch()
    assert len(server.asked) == 1


def test_a_file_with_other_contents_is_fetched_again(fetch, folder):
    (folder / "file").write_bytes(b"other")
    assert fetch().read_bytes() == BODY


@pytest.mark.parametrize("have", [1, 100_000, len(BODY) - 1])
def test_the_rest_of_what_was_begun(have, fetch, server, folder):
    (folder / "file.part").write_bytes(BODY[:have])
    assert fetch().read_bytes() == BODY
    assert server.asked == [f"bytes={have}-"] and files(folder) == ["file"]


def test_all_of_it_was_there_already(fetch, server, folder):
    (folder / "file.part").write_bytes(BODY)
    assert fetch().read_bytes() == BODY
    assert files(folder) == ["file"]


def test_a_server_without_ranges_starts_from_the_beginning(fetch, server, folder):
    server.ranges = False
    (folder / "file.part").write_bytes(BODY[:5000])
    assert fetch().read_bytes() == BODY
    assert files(folder) == ["file"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_connection_that_is_cut_and_taken_up_again(ranges, fetch, server, folder):
    server.ranges, server.cut = ranges, 150_000
    with pytest.raises(DataError) as caught:
        fetch()
    assert "run it again" in str(caught.value) and server.url in str(caught.value)
    assert files(folder) == ["file.part"]
    have = (folder / "file.part").stat().st_size
    assert 0 < have <= 150_000
    assert (folder / "file.part").read_bytes() == BODY[:have]
    assert fetch().read_bytes() == BODY
    assert server.asked == [None, f"bytes={have}-"] and files(folder) == ["file"]


def test_wrong_contents_leave_nothing(fetch, server, folder):
    server.files["/file"] = BODY + b"x"
    with pytest.raises(DataError) as caught:
        fetch()
    assert DIGEST in str(caught.value)
    assert hashlib.sha256(BODY + b"x").hexdigest() in str(caught.value)
    assert files(folder) == []


def test_wrong_contents_leave_the_file_that_was_there(fetch, server, folder):
    (folder / "file").write_bytes(b"mine")
    server.files["/file"] = b"y"
    with pytest.raises(DataError):
        fetch()
    assert files(folder) == ["file"] and (folder / "file").read_bytes() == b"mine"


def test_a_part_of_another_file(fetch, folder):
    """What was begun is not the beginning of this file: an error, and the next run starts anew."""
    (folder / "file.part").write_bytes(b"not the beginning")
    with pytest.raises(DataError, match="SHA-256"):
        fetch()
    assert files(folder) == []
    assert fetch().read_bytes() == BODY


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_refusal(status, fetch, server, folder):
    server.status = status
    with pytest.raises(DataError, match=str(status)) as caught:
        fetch()
    assert server.url in str(caught.value) and files(folder) == []


def test_a_refusal_leaves_what_had_arrived(fetch, server, folder):
    (folder / "file.part").write_bytes(BODY[:10])
    server.status = 503
    with pytest.raises(DataError, match="503"):
        fetch()
    assert (folder / "file.part").read_bytes() == BODY[:10]


def test_no_server(tmp_path, server):
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/file"
        with pytest.raises(DataError, match="cannot be downloaded") as caught:
            download.fetch(url, tmp_path / "file", DIGEST, progress=False)
    assert url in str(caught.value) and "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/file", "http://"])
def test_an_address_that_is_none(url, tmp_path):
    with pytest.raises(DataError, match="cannot be downloaded"):
        download.fetch(url, tmp_path / "file", DIGEST, progress=False)


def test_a_place_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        download.fetch(server.url + "/file", tmp_path / "file" / "x", DIGEST, progress=False)


def test_interrupted_in_the_middle(fetch, server, folder, monkeypatch):
    """What had arrived stays beside, under another name, and the next run goes on from it."""
    from urllib3 import HTTPResponse

    original, pieces = HTTPResponse.read1, []

    def interrupted(self, *args, **kwargs):
        if pieces:
            raise KeyboardInterrupt
        pieces.append(original(self, *args, **kwargs))
        return pieces[0]

    with monkeypatch.context() as patch:
        patch.setattr(HTTPResponse, "read1", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fetch()
    assert files(folder) == ["file.part"]
    assert (folder / "file.part").read_bytes() == pieces[0] != b""
    assert fetch().read_bytes() == BODY
    assert server.asked[1].startswith("bytes=")


def test_progress_is_shown_on_standard_error_alone(fetch, capsys):
    fetch(progress=True)
    captured = capsys.readouterr()
    assert captured.out == "" and "file" in captured.err and "100%" in captured.err


def test_two_downloads_of_one_file(fetch, server):
    server.drip = 0.05
    first = threading.Thread(target=lambda: pytest.raises(DataError, fetch), daemon=True)
    first.start()
    # The request comes after the lock: the lock's file alone may be there before it is held.
    while not server.asked:
        time.sleep(0.01)
    with pytest.raises(DataError, match="another process is downloading this file"):
        fetch()
    assert first.is_alive()


def test_progress_off(fetch, capsys):
    fetch()
    assert capsys.readouterr() == ("", "")


# --- a server that lies, is slow, or never ends -----------------------------------------------


def test_an_endless_body_is_cut_at_the_known_size(fetch, server, folder):
    server.endless, server.headers = True, {"Content-Length": None}
    with pytest.raises(DataError, match=f"more than the {len(BODY)} bytes expected; deleted"):
        fetch(size=len(BODY))
    assert files(folder) == []
    # The rest of what was sent had not been read: it filled the sockets' buffers.
    server.endless = False
    assert fetch(size=len(BODY)).read_bytes() == BODY


def test_an_endless_rest_is_cut_too(fetch, server, folder):
    server.endless, server.headers = True, {"Content-Length": None}
    (folder / "file.part").write_bytes(BODY[:1000])
    with pytest.raises(DataError, match="more than"):
        fetch(size=len(BODY))
    assert files(folder) == []


def test_no_bytes_at_all(fetch, server, folder, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", (5, 0.2))
    server.drip = 0.5
    begin = time.monotonic()
    with pytest.raises(DataError, match="cannot be downloaded: ReadTimeoutError.*is kept"):
        fetch(size=len(BODY))
    assert time.monotonic() - begin < 5 and files(folder) == ["file.part"]
    server.drip = None
    assert fetch(size=len(BODY)).read_bytes() == BODY
    assert server.asked[1].startswith("bytes=")


def test_a_byte_now_and_then_is_a_stall(fetch, server, folder, monkeypatch):
    monkeypatch.setattr(download, "STALL", 0.3)
    server.drip = 0.02
    with pytest.raises(DataError, match="stalled: [0-9]+ bytes in 0 seconds.*run it again"):
        fetch(size=len(BODY))
    assert files(folder) == ["file.part"]
    assert (folder / "file.part").read_bytes() == BODY[: (folder / "file.part").stat().st_size]


def test_a_slow_server_is_not_stalled(fetch, server, monkeypatch):
    """The limit is for each piece, not for the whole."""
    monkeypatch.setattr(download, "STALL", 0.2)
    monkeypatch.setattr(download, "CHUNK", 20)
    server.files["/small"] = BODY[:100]
    server.drip = 0.005
    begin = time.monotonic()
    path = fetch("/small", hashlib.sha256(BODY[:100]).hexdigest(), size=100)
    assert path.read_bytes() == BODY[:100] and time.monotonic() - begin > 0.4


@pytest.mark.parametrize("length", ["none", "-1", "1e3", "", None])
def test_a_content_length_that_says_nothing(length, fetch, server):
    server.headers = {"Content-Length": length}
    assert fetch(size=len(BODY)).read_bytes() == BODY


@pytest.mark.parametrize("off", [-1000, 1, 10**9, 10**30])
def test_a_wrong_content_length(off, fetch, server, folder):
    server.headers = {"Content-Length": str(len(BODY) + off)}
    with pytest.raises(DataError, match=f"announces {len(BODY) + off} bytes, expected {len(BODY)}"):
        fetch(size=len(BODY))
    assert files(folder) == []


def test_a_wrong_content_length_without_a_known_size(fetch, server, folder):
    server.headers = {"Content-Length": str(len(BODY) + 10)}
    server.cut = len(BODY)
    with pytest.raises(DataError, match="run it again"):
        fetch()
    server.headers = {"Content-Length": str(len(BODY) - 10)}
    (folder / "file.part").unlink(missing_ok=True)
    with pytest.raises(DataError, match="wrong contents: SHA-256"):
        fetch()
    assert files(folder) == []


def test_two_content_lengths(fetch, server, folder):
    server.headers = {"Content-Length": ["5", "6"]}
    with pytest.raises(DataError, match="cannot be downloaded: InvalidHeader"):
        fetch(size=len(BODY))
    assert files(folder) == []


@pytest.mark.parametrize("said", ["bytes 0-9/10", "bytes 11-20/256000", "nonsense", None])
def test_a_rest_from_another_place(said, fetch, server, folder):
    (folder / "file.part").write_bytes(BODY[:10])
    server.headers = {"Content-Range": said}
    with pytest.raises(DataError, match="expected the bytes from 10 on, the server sends"):
        fetch(size=len(BODY))
    assert (folder / "file.part").read_bytes() == BODY[:10]


def test_a_part_of_the_known_size_needs_no_server(fetch, server, folder):
    (folder / "file.part").write_bytes(BODY)
    assert fetch(size=len(BODY)).read_bytes() == BODY and server.asked == []


def test_a_part_that_is_too_long_is_begun_anew(fetch, server, folder):
    (folder / "file.part").write_bytes(BODY + b"x")
    assert fetch(size=len(BODY)).read_bytes() == BODY and server.asked == [None]


# --- MovieLens --------------------------------------------------------------------------------


@pytest.fixture
def published(server, tmp_path, monkeypatch):
    """The small MovieLens in the place of GroupLens's files."""
    source = write_movielens(tmp_path / "source", *small_frames())
    for name in ("tags.csv", "links.csv"):
        (source / name).write_text("movieId\n")
    digests = {}
    for name in movielens.SHA256:
        raw = (source / name).read_bytes()
        server.files["/data/" + name], digests[name] = raw, hashlib.sha256(raw).hexdigest()
    monkeypatch.setattr(movielens, "SHA256", digests)
    sizes = {name: len(server.files["/data/" + name]) for name in digests}
    monkeypatch.setattr(movielens, "SIZES", sizes)
    return server


def test_movielens_is_downloaded_and_then_used(published, tmp_path):
    folder = movielens.download(tmp_path / "data", published.url + "/data/", progress=False)
    assert folder == tmp_path / "data" / "ml-latest-small"
    assert files(folder) == ["links.csv", "movies.csv", "ratings.csv", "tags.csv"]
    assert len(movielens.load(tmp_path / "data").movies) == 60
    assert set(movielens.verify(tmp_path / "data")["files"].values()) == {"as published"}


def test_movielens_goes_on_with_the_files_that_are_missing(published, tmp_path):
    kept = published.files.pop("/data/tags.csv")
    url = published.url + "/data"  # without the last stroke
    with pytest.raises(DataError, match="404"):
        movielens.download(tmp_path / "data", url, progress=False)
    published.files["/data/tags.csv"] = kept
    published.asked.clear()
    movielens.download(tmp_path / "data", url, progress=False)
    assert len(published.asked) == 2  # tags.csv and links.csv


def test_a_damaged_movielens_is_not_used(published, tmp_path):
    published.files["/data/movies.csv"] = b"movieId,title\n"
    with pytest.raises(DataError, match="SHA-256"):
        movielens.download(tmp_path / "data", published.url + "/data", progress=False)
    assert not (tmp_path / "data" / "ml-latest-small" / "movies.csv").exists()
