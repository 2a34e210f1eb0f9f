"""The graph of a lesson as the reader shows it: nodes, lines, shapes and edges."""

from __future__ import annotations

import pytest

from tests.reader.conftest import ROOT
from tfcourse import lessons
from tfcourse.reader.graph import extract
from tfcourse.reader.shapes import Shapes
from tfcourse.reader.statements import Source


def nodes(graph, label):
    return [node for node in graph.nodes if node.label == label]


def lines(place):
    return place.path.read_text("utf-8").splitlines()[place.first - 1 : place.last]


# Lesson, label, scope, shape, and words of the statement that the node leads to.
NODES = [
    ("mf", "user_id", "inputs", "(batch,)", 'name="user_id"'),
    ("mf", "embd_user", "embedding", "(671, 16)", "self.embd_user = tf.Variable"),
    ("mf", "bias_global", "", "()", 'name="bias_global"'),
    ("mf", "user_emb", "embedding", "(batch, 16)", "self.user_emb = tf.nn.embedding_lookup"),
    ("mf", "pred", "computation", "(batch, 9125)", "self.pred = tf.matmul"),
    ("mf", "loss", "loss", "()", "self.loss = mse + self.reg"),
    ("mf", "train: Adagrad", "train", "", 'optimizer: str = "adagrad"'),
    ("mf", "learning_rate", "train", "()", "learning_rate: float = 0.1"),
    ("mf-with-history", "query_movie_ids", "inputs", "(batch, ?)", 'name="query_movie_ids"'),
    ("mf-with-history", "query_bias", "computation", "(batch, 1)", "self.query_bias = tf.matmul"),
    ("mf-with-history", "weighted", "computation", "(batch, ?, 1)", "tf.nn.l2_normalize"),
    ("mf-with-history", "mae_loss", "loss", "()", 'name="mae_loss"'),
    (
        "mf-with-dnn",
        "genres_emb (genres_lookup)",
        "embedding",
        "(batch, 8)",
        "return tf.reduce_sum",
    ),
    ("mf-with-dnn", "item_repr (dense)", "dnn", "(batch, 16)", "tf.layers.dense(self.item_repr"),
    ("mf-with-dnn", "dense/kernel", "dnn", "(26, 16)", "tf.layers.dense(self.item_repr"),
    ("mf-with-dnn", "pred", "computation", "(batch, batch)", "self.pred = tf.matmul"),
    ("pokemon-dropout", "labels", "inputs", "(batch, 5)", 'name="labels"'),
    ("pokemon-dropout", "nets (dnn2)", "dnn", "(batch, 256)", "self.hidden2, activation"),
    ("pokemon-dropout", "acc", "computation", "()", 'name="acc"'),
    ("pokemon-dropout", "train: Adam", "train", "", "optimizer: str = "),
]


@pytest.mark.parametrize(("lesson", "label", "scope", "shape", "words"), NODES)
def test_node(graph_of, lesson, label, scope, shape, words):
    (node,) = nodes(graph_of(lesson), label)
    assert (node.scope, node.shape) == (scope, shape)
    assert any(words in line for line in lines(node.places[0]))


def test_infer_of_the_history_model_is_the_line_that_names_it(graph_of):
    found = [n for n in graph_of("mf-with-history").nodes if n.op == "computation/infer"]
    assert [n.label for n in found] == ["infer"]
    assert found[0].places[0].first == found[0].places[0].last
    assert 'name="infer"' in lines(found[0].places[0])[0]


@pytest.mark.parametrize("lesson", ["mf", "mf-with-history", "mf-with-dnn", "pokemon-dropout"])
def test_every_target_of_an_assignment_stands_in_its_statement(graph_of, lesson):
    graph = graph_of(lesson)
    assert len({(n.label, n.places, n.via, n.op) for n in graph.nodes}) == len(graph.nodes)
    for node in graph.nodes:
        if node.kind in ("op", "placeholder"):
            name = node.label.split(" (")[0].split(", ")[0]
            text = "\n".join(lines(node.places[0]))
            called = "\n".join(line for place in node.via for line in lines(place))
            assert name in text or name in called, (node.label, text)


def test_lines_of_a_call_that_spans_several(graph_of):
    (pred,) = nodes(graph_of("mf"), "pred")
    text = lines(pred.places[0])
    assert text[0].lstrip().startswith("self.pred =")
    assert text[-1].lstrip().startswith("self.bias_global")


def test_a_method_leads_to_its_caller_too(graph_of):
    (pooled,) = [n for n in graph_of("mf-with-history").nodes if n.op == "computation/Sum"]
    assert "self.pooling()" in lines(pooled.via[0])[0]


def test_edges_go_where_the_code_does(graph_of):
    graph = graph_of("mf-with-history")
    labels = {(graph.nodes[a].label, graph.nodes[b].label) for a, b in graph.edges}
    assert {
        ("w_candidate_movie_id", "candidate_emb"),
        ("candidate_movie_id", "candidate_emb"),
        ("weighted", "query_emb"),
        ("mse", "loss"),
        ("loss", "train: GradientDescent"),
        ("learning_rate", "train: GradientDescent"),
    } <= labels
    assert ("rating", "infer") not in labels
    assert {graph.nodes[i].label for i in graph.updates} == {
        "b_global",
        "w_query_movie_ids",
        "b_query_movie_ids",
        "w_candidate_movie_id",
        "b_candidate_movie_id",
    }


def test_an_attribute_with_two_names_has_both_lines(graph_of):
    (mse,) = nodes(graph_of("hunter-regression"), "mse, loss")
    assert ["self.loss = self.mse" in lines(place)[0] for place in mse.places] == [False, True]


def test_a_variant_leads_to_its_own_file_and_to_that_of_its_base(graph_of):
    graph = graph_of("mf-with-history-sum")
    assert [path.name for path in graph.files] == ["mf_with_history_sum.py", "mf_with_history.py"]
    (weighted,) = nodes(graph, "weighted")
    assert weighted.places[0].path == ROOT / "graphs" / "mf_with_history_sum.py"


def test_dropout_is_named_and_keeps_the_batch(graph_of):
    found = [n for n in graph_of("pokemon-dropout").nodes if n.types == ("dropout (If)",)]
    assert [n.shape for n in found] == ["(batch, 128)", "(batch, 256)"]


def test_what_runs_twice_in_a_loop_is_two_nodes(graph_of):
    found = nodes(graph_of("mf-with-dnn-lab"), "item_repr (dense)")
    found += nodes(graph_of("mf-with-dnn-lab"), "item_repr (dense_1)")
    assert len(found) == 2 and found[0].places == found[1].places


def test_rows_that_are_not_the_batch_are_not_called_so(graph_of):
    graph = graph_of("honest-bias")
    assert nodes(graph, "rating")[0].shape == "(batch,)"
    assert nodes(graph, "seen_rating")[0].shape == "(?,)"


def test_shapes_are_those_of_a_batch_that_is_run():
    """The names of dimensions against a session: 7 rows give 7 wherever the reader says batch."""
    model = lessons.find("mf-with-history").load()()
    graph = extract(model)
    feed = {
        model.query_movie_ids: [[1, 2, 3]] * 7,
        model.query_movie_ids_len: [3] * 7,
        model.candidate_movie_id: range(7),
        model.rating: [3.0] * 7,
    }
    names = [n.op + ":0" for n in graph.nodes if n.kind == "op"]
    values = model.session.run(names, feed)
    for node, value in zip([n for n in graph.nodes if n.kind == "op"], values, strict=True):
        said = [part for part in node.shape.strip("()").replace(",", " ").split()]
        expected = [{"batch": 7, "?": 3}.get(part) or int(part) for part in said]
        assert list(value.shape) == expected, node.label
    shapes = Shapes(model.graph, [model.pred.op.name])
    assert shapes.text(model.pred) == "(batch, 9125)"
    model.close()


def test_statements(tmp_path):
    file = tmp_path / "lesson.py"
    file.write_text(
        "class A:\n"
        "    rate: float = 1\n"
        "    def f(self):\n"
        "        with scope(\n"
        "            'x'):\n"
        "            self.a, b = g(\n"
        "                1)\n"
        "            self.c = self.a\n"
        "        return b\n"
    )
    source = Source(file)
    assert source.at(5).first == 4 and source.at(5).last == 5
    assert source.at(7).targets == ("a", "b") and source.at(7).function == "f"
    assert source.at(8).same_as == "a"
    assert source.at(9).returns
    assert source.field("A", "rate").first == 2
    assert source.field("A", "other") is None
    assert source.at(99).first == 99
