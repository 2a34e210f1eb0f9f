"""Writing the site: all pages in a folder of their own, whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfcourse import __version__, lang, lessons
from tfcourse.errors import CourseError, UsageError, reason
from tfcourse.lang import _
from tfcourse.reader import pages, runs, words
from tfcourse.reader.graph import LessonGraph, extract
from tfcourse.reader.pages import Files, Page
from tfcourse.reader.runs import Write

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
MARK = ".tfcourse-site"  # file by which a folder is known as a site of ours


@dataclass(frozen=True)
class Built:
    """A site that was written.

    Attributes:
        folder: its folder; ``index.html`` is the first page.
        pages: how many pages there are: the list of slides, the slides, and files that several of them
            show. slides: how many of them are a slide's. size: of all files, in bytes.
    """

    folder: Path
    pages: int
    slides: int
    size: int


def build(
    out: str | Path,
    *,
    checkpoints: str | Path = "checkpoints",
    data_dir: str | Path = "data",
    measure: bool = True,
    slides: Sequence[Any] | None = None,
    write: Write = print,
) -> Built:
    """Write the site.

    Args:
        out: its folder. One that holds a site of ours is replaced when the new one is complete.
        checkpoints: the folder of trainings. data_dir: of the data that they are measured on.
        measure: whether figures of the deck that have no curve are measured.
        slides: rows of the table of slides; by default all.
        write: takes lines of progress.

    Raises:
        UsageError: the folder is not empty and is no site of ours.
        CourseError: it cannot be written.
    """
    out = Path(out)
    check(out)
    slides = lessons.slides() if slides is None else slides
    pages.check(slides)
    files = Files(_root())
    found = runs.newest(checkpoints, write)
    wanted = list(dict.fromkeys(slide.lesson for slide in slides if slide.lesson))
    write(_("Building the graphs of {n} lessons").format(n=len(wanted)))
    graphs = {name: _graph(name) for name in wanted}
    if measure:
        for name in wanted:
            figures = {f for s in slides if s.lesson == name for f in s.deck_figures}
            if name in found and any(found[name].value(figure) is None for figure in figures):
                write(_("Measuring {folder}").format(folder=found[name].folder))
                found[name] = runs.measured(found[name], data_dir, write)
    write(_("Writing the pages of {n} slides").format(n=len(slides)))
    made = [pages.page(slide, i, files, graphs, found) for i, slide in enumerate(slides, 1)]
    with _whole(out) as folder:
        _write_all(folder, made, graphs, files)
        written = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in written)
    count = sum(path.suffix == ".html" for path in written)
    return Built(out, count, len(made), size)


def check(out: Path) -> None:
    """Check that a site can be written to a folder, before the work.

    Raises:
        UsageError: it is a file, or not empty and no site of ours.
    """
    if out.is_dir():
        if not (out / MARK).is_file() and any(out.iterdir()):
            raise UsageError(
                _(
                    "{folder}: holds files that are no site of tfcourse read; name an empty folder "
                    "or a new one with --out"
                ).format(folder=out)
            )
    elif os.path.lexists(out):
        raise UsageError(_("{folder}: is a file, not a folder").format(folder=out))


def _root() -> Path:
    """The folder that holds ``tfcourse`` and the lessons."""
    return HERE.parent.parent


def _graph(name: str) -> LessonGraph:
    model = lessons.find(name).load()()
    try:
        return extract(model)
    finally:
        model.close()


@contextlib.contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """A folder to write to, which takes the place of ``out`` when the block ends."""
    target = Path(os.path.realpath(out))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".site-", dir=target.parent) as scratch:
            new, old = Path(scratch, "new"), Path(scratch, "old")
            new.mkdir()
            yield new
            if target.exists():
                os.rename(target, old)
            try:
                os.rename(new, target)
            except BaseException:
                if old.exists():
                    os.rename(old, target)
                raise
    except OSError as error:
        raise CourseError(
            _("{path}: cannot be written: {reason}").format(path=out, reason=reason(error))
        ) from None


def _write_all(
    folder: Path, made: Sequence[Page], graphs: Mapping[str, LessonGraph], files: Files
) -> None:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    shutil.copytree(HERE / "assets", folder / "assets")
    (folder / "graphs").mkdir()
    for name, graph in graphs.items():
        data = json.dumps(pages.graph_data(graph, files), ensure_ascii=False, separators=(",", ":"))
        _put(folder / "graphs" / f"{name}.js", f"window.tfcourseGraph = {data};\n")
    table = json.dumps({w: words.chinese(w) for w in words.WORDS}, ensure_ascii=False)
    _put(folder / "assets" / "words.js", f"window.tfcourseWords = {table};\n")
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        t=words.both, attr=words.attribute, language=lang.current(), version=__version__
    )
    environment.filters.update(lang=_language, flat=_flat)
    _write_files(folder / "files", environment, made, files)
    slide = environment.get_template("slide.html")
    (folder / "slides").mkdir()
    for i, page in enumerate(made):
        text = slide.render(
            up="../",
            page=page,
            slide=page.slide,
            count=len(made),
            before=made[i - 1].slide if i else None,
            after=made[i + 1].slide if i + 1 < len(made) else None,
            name_of=files.name,
        )
        _put(folder / "slides" / f"{page.slide.key}.html", text)
    sections: dict[str, list[Page]] = {}
    for page in made:
        sections.setdefault(page.slide.section, []).append(page)
    index = environment.get_template("index.html")
    _put(folder / "index.html", index.render(up="", sections=sections, count=len(made)))
    _put(folder / MARK, f"A site of tfcourse {__version__}.\n")


def _write_files(
    folder: Path, environment: Environment, made: Sequence[Page], files: Files
) -> None:
    """The files that a page shows beside the slide's own: a page of each, and a script with the same
    lines, since a page of the file system may read a script but no other page."""
    folder.mkdir()
    parts = environment.get_template("parts.html").module
    for name in sorted({name for page in made for name in page.others}):
        code = files.code(files.root / name)
        body = parts.lines(code, (), None, "line-")  # type: ignore[attr-defined]
        text = environment.get_template("file.html").render(up="../", code=code, body=body)
        _put(folder / f"{_flat(name)}.html", text)
        value = json.dumps(
            parts.lines(code, (), (), ""),  # type: ignore[attr-defined]
            ensure_ascii=False,
        )
        script = f"(window.tfcourseFiles = window.tfcourseFiles || {{}})[{json.dumps(name)}] = {value};\n"
        _put(folder / f"{_flat(name)}.js", script)


def _flat(name: str) -> str:
    """A file's path as a part of an address: "graphs-mf" for "graphs/mf.py"."""
    return name.removesuffix(".py").replace("/", "-")


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _language(text: str) -> str:
    """The language of a text of the deck, as HTML has it."""
    return words.ZH if any("\u2e80" <= letter <= "\uffef" for letter in text) else words.EN
