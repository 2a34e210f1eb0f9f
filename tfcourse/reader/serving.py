"""A site over HTTP, for this machine alone."""

from __future__ import annotations

import functools
import http.server
from pathlib import Path

from tfcourse.errors import CourseError, reason
from tfcourse.lang import _

HOST = "127.0.0.1"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and prints nothing about requests."""

    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript; charset=utf-8",  # where the system says something else
        ".woff2": "font/woff2",
    }

    def log_message(self, format: str, *args: object) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")  # the site may be built again
        super().end_headers()


def server(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server of a folder's files; ``serve_forever`` runs it.

    Args:
        port: 0 takes a free one; ``server_address`` says which.

    Raises:
        CourseError: the port is taken, or needs more rights.
    """
    handler = functools.partial(_Quiet, directory=str(folder))
    try:
        return http.server.ThreadingHTTPServer((HOST, port), handler)
    except OSError as error:
        raise CourseError(
            _("port {port}: {reason}; name another one with --port").format(
                port=port, reason=reason(error)
            )
        ) from None
