"""The command that writes the reader's site: read."""

from __future__ import annotations

import time
from pathlib import Path

import click

from tfcourse.cli.output import data_option, echo, example, json_option, put_json, say
from tfcourse.lang import _


@example("tfcourse read --serve\ntfcourse read --out site --checkpoints checkpoints")
@click.command()
@click.option("--out", default="course-site", show_default=True, help="Folder of the site. One that an "
              "earlier call wrote is replaced; other files are not.")  # fmt: skip
@click.option("--serve", is_flag=True, help="Then serve it on this machine, until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=8018, show_default=True,
              help="Port for --serve; 0 takes a free one.")  # fmt: skip
@click.option("--checkpoints", default="checkpoints", show_default=True, help="Folder of trainings; the "
              "newest of each lesson is shown beside the deck's.")  # fmt: skip
@data_option
@json_option
def read(out: str, serve: bool, port: int, checkpoints: str, data_dir: str, as_json: bool) -> None:
    """Write a site that shows each slide beside its code, its graph and its curves.

    Open index.html in a browser. The site needs no server and no network.
    """
    from tfcourse import reader
    from tfcourse.reader.serving import HOST, server

    began = time.monotonic()
    write = say(True)
    service = server(Path(out).resolve(), port) if serve else None  # a port that is taken shows now
    built = reader.build(out, checkpoints=checkpoints, data_dir=data_dir, write=write)
    if as_json:
        put_json(
            {
                "site": built.folder,
                "pages": built.pages,
                "slides": built.slides,
                "bytes": built.size,
                "seconds": round(time.monotonic() - began, 2),
            }
        )
    else:
        echo(_("Wrote {path}").format(path=built.folder / "index.html"))
    if service is not None:
        with service:
            (say(True) if as_json else echo)(
                _("Serving at {address}; Ctrl-C ends it").format(
                    address=f"http://{HOST}:{service.server_address[1]}/"
                )
            )
            service.serve_forever()
