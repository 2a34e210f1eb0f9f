"""Properties of the readers and encoders, on files and values that hypothesis draws."""

from __future__ import annotations

import csv
import gzip
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfcourse.datasets import csv_files, movielens
from tfcourse.datasets.csv_lines import CONTROL, LARGEST, LONGEST
from tfcourse.errors import DataError
from tfcourse.preprocessing import LookUp, ordinal
from tfcourse.recommenders.catalogue import MovieVocabulary, UserVocabulary, item_features

quick = settings(derandomize=True, deadline=None, max_examples=60)

KINDS: dict[str, csv_files.Kind] = {"id": np.int64, "name": str, "size": np.float64}
whole = st.integers(-LARGEST, LARGEST)
numbers = st.floats(-1e30, 1e30, allow_subnormal=False).filter(lambda x: not 0 < abs(x) < 1e-30)
text = st.text(st.characters(codec="utf-8"), max_size=30).filter(lambda t: not CONTROL.search(t))
rows = st.lists(st.tuples(whole, text, numbers), min_size=1, max_size=20)
quoting = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
line_end = st.sampled_from(["\n", "\r\n", "\r"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("properties")


def as_csv(rows, header, quoting=csv.QUOTE_MINIMAL, line_end="\n"):
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=quoting, lineterminator=line_end)
    writer.writerows([header, *rows])
    return buffer.getvalue().encode()


@given(rows, quoting, line_end, st.booleans(), st.booleans(), st.booleans())
@quick
def test_what_is_written_is_read(folder, rows, quoting, line_end, mark, blank, lenient):
    """In all forms of a file, on the fast path, and line by line (for blank lines)."""
    raw = as_csv(rows, KINDS, quoting, line_end) + line_end.encode() * blank
    path = folder / "file.csv"
    path.write_bytes(b"\xef\xbb\xbf" * mark + raw)
    file = csv_files.read(path, KINDS, ended=True, lenient=lenient)
    ids, names, sizes = zip(*rows, strict=True)
    assert list(file["id"]) == list(ids)
    assert list(file["name"]) == list(names)
    np.testing.assert_allclose(file["size"], sizes, rtol=1e-14, atol=0)
    assert file.dropped == 0


@given(st.data())
@quick
def test_a_damaged_file_is_refused_or_holds_what_was_asked_for(folder, data):
    """Bytes are replaced, put in and taken out anywhere: a ``DataError`` or sound columns, and
    never another exception. A lenient reader drops the rows that a strict one refuses."""
    raw = bytearray(as_csv([(i, f'T{i}, "x"' if i % 3 else "é", i / 2) for i in range(8)], KINDS))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        new = data.draw(
            st.sampled_from([b"", b'"', b",", b"\n", b"\r", b"\0", b"e", b"\xff", b"9"])
        )
        raw[at : at + data.draw(st.integers(0, 2))] = new
    path = folder / "damaged.csv"
    path.write_bytes(raw)
    read = {}
    for lenient in (False, True):
        try:
            read[lenient] = csv_files.read(path, KINDS, lenient=lenient)
        except DataError as error:
            assert "\n" not in str(error) and str(error).startswith(str(path))
    for file in read.values():
        assert file["id"].dtype == np.int64 and np.abs(file["id"]).max() <= LARGEST
        assert file["size"].dtype == np.float64 and np.isfinite(file["size"]).all()
        assert not any(CONTROL.search(t) or len(t) > LONGEST for t in file["name"])
    if False in read:
        assert read[True].dropped == 0 and len(read[True]) == len(read[False])
    elif True in read:
        assert read[True].dropped == len(read[True].faults) > 0


movie_rows = st.dictionaries(
    st.integers(0, LARGEST),
    st.tuples(
        text.filter(lambda t: t.strip() and "::" not in t and t.strip(":") == t),
        st.lists(st.sampled_from(["Drama", "Sci-Fi", "IMAX", "童話"]), unique=True),
    ),
    min_size=1,
    max_size=8,
)


@given(movie_rows, st.data())
@quick
def test_movielens_is_the_same_in_all_forms(folder, movies, data):
    """As .csv, .csv.gz and .dat. Codes ascend with the raw ids, and decode to them."""
    pairs = st.tuples(st.integers(0, 99), st.sampled_from(sorted(movies)))
    drawn = data.draw(
        st.dictionaries(pairs, st.tuples(st.integers(1, 10), whole), min_size=1, max_size=12)
    )
    ratings = [(u, m, stars / 2, at) for (u, m), (stars, at) in drawn.items()]
    catalogue = [(m, title, "|".join(genres)) for m, (title, genres) in movies.items()]
    columns = ("userId", "movieId", "rating", "timestamp"), ("movieId", "title", "genres")
    forms: dict[str, dict[str, bytes]] = {"csv": {}, "csv.gz": {}, "dat": {}}
    for name, table, header in zip(
        ("ratings", "movies"), (ratings, catalogue), columns, strict=True
    ):
        raw = as_csv(table, header)
        dat = "".join("::".join(map(str, row)) + "\n" for row in table).encode()
        forms["csv"][name], forms["csv.gz"][name], forms["dat"][name] = raw, gzip.compress(raw), dat
    for form, files in forms.items():
        place = folder / form.replace(".", "-")
        place.mkdir(exist_ok=True)
        for name, raw in files.items():
            (place / f"{name}.{form}").write_bytes(raw)
        read = movielens.read(place)
        assert list(read.movies.raw_id) == sorted(movies)
        assert list(read.users.raw_id) == sorted({u for u, *_ in ratings})
        assert list(read.users.raw_id[read.user]) == [u for u, *_ in ratings]
        assert list(read.movies.raw_id[read.movie]) == [m for _, m, *_ in ratings]
        assert list(read.rating) == [r for _, _, r, _ in ratings]
        assert list(read.timestamp) == [t for *_, t in ratings]
        assert list(read.movies.title) == [movies[m][0] for m in sorted(movies)]
        genres = ["|".join(movies[m][1]) or movielens.NO_GENRES for m in sorted(movies)]
        assert list(read.movies.genres) == genres


# --- encoders ---------------------------------------------------------------------------------


@given(st.sets(whole, min_size=1), st.data())
@quick
def test_ids_are_encoded_and_decoded(ids, data):
    vocabulary = UserVocabulary(np.array(sorted(ids), np.int64))
    some = data.draw(st.lists(st.sampled_from(sorted(ids))))
    codes = vocabulary.index(np.array(some, np.int64))
    assert codes.dtype == np.int32 and list(vocabulary.raw_id[codes]) == some
    for one in some:
        assert vocabulary.find(f"id:{one}") == sorted(ids).index(one)
    other = data.draw(whole.filter(lambda i: i not in ids))
    with pytest.raises(DataError, match=f"unknown user id {other}"):
        vocabulary.index([other])


names = st.text(st.characters(codec="utf-8", exclude_characters="|"), min_size=1, max_size=8)


@given(
    st.lists(
        st.tuples(st.lists(names, min_size=1, max_size=4), st.none() | st.integers(1000, 9999)),
        min_size=1,
        max_size=10,
    ),
    st.data(),
)
@quick
def test_movie_metadata_are_encoded_and_decoded(movies, data):
    n = len(movies)
    titles = np.array(["T" if year is None else f"T ({year})" for _, year in movies], object)
    genres = np.array(["|".join(own) for own, _ in movies], object)
    vocabulary = MovieVocabulary(np.arange(n), titles, genres)
    rated = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=20))
    stars = data.draw(st.lists(st.integers(1, 10), min_size=len(rated), max_size=len(rated)))
    items = item_features(vocabulary, np.array(rated, np.int32), np.array(stars, np.float32) / 2)
    for i, (own, _) in enumerate(movies):
        codes = items.genres[i, : items.genres_len[i]]
        assert [items.genre_names[code] for code in codes] == own
        assert not items.genres[i, items.genres_len[i] :].any()
    counts = [sum(own.count(name) for own, _ in movies) for name in items.genre_names]
    assert counts == sorted(counts, reverse=True)
    for scaled, (low, high) in (
        (items.avg_rating, items.avg_range),
        (items.year, items.year_range),
    ):
        assert scaled.dtype == np.float32 and 0 <= scaled.min() <= scaled.max() <= 1
        assert scaled.min() == 0 and scaled.max() == (low < high)
    years = [year for _, year in movies if year is not None]
    if years:
        low, high = items.year_range
        decoded = [low + float(x) * (high - low) for x in items.year]
        for (_, year), back in zip(movies, decoded, strict=True):
            assert back == pytest.approx(np.median(years) if year is None else year, abs=0.01)


@given(st.dictionaries(st.text(max_size=5), numbers, min_size=1, max_size=8), st.data())
@quick
def test_look_up_gives_the_tables_numbers(table, data):
    some = data.draw(st.lists(st.sampled_from(sorted(table)), min_size=1, max_size=10))
    np.testing.assert_array_equal(LookUp(table).fit_transform(some)[:, 0], [table[x] for x in some])
    other = data.draw(st.text(max_size=5).filter(lambda x: x not in table))
    filled = LookUp(table, missing=-1).fit_transform([*some, other])
    assert filled[-1, 0] == -1
    with pytest.raises(DataError, match=f"row {len(some)}: "):
        LookUp(table).fit_transform([*some, other])


@given(
    st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=8, unique=True),
    st.integers(-5, 5),
)
@quick
def test_ordinal_keeps_the_order(order, first):
    cells = np.array(order, object)[:, None]
    codes = ordinal(order, first).fit_transform(cells)[:, 0]
    np.testing.assert_array_equal(codes, np.arange(len(order)) + first)
