from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from xray_local.pages.layout import Layout, lay_out

NAMES = [f"n{i}" for i in range(12)]
edges_of_names = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=40)


def _apart(layout: Layout) -> None:
    """No two nodes of a layer are closer than one node is wide."""
    for (layer, x), (other_layer, y) in combinations(layout.nodes.values(), 2):
        assert layer != other_layer or abs(x - y) > 0.999


def test_callees_stand_behind_their_callers() -> None:
    layout = lay_out(["client", "a", "b", "c"], [("client", "a"), ("a", "b"), ("client", "c")])
    assert [layout.nodes[name][0] for name in ("client", "a", "b", "c")] == [0, 1, 2, 1]
    assert layout.layers == 3


def test_a_straight_line_is_straight() -> None:
    layout = lay_out(["a", "b", "c"], [("a", "b"), ("b", "c")])
    assert {position for _, position in layout.nodes.values()} == {0.0}


def test_an_edge_across_layers_keeps_off_the_nodes_between() -> None:
    layout = lay_out(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    (_, (layer, position), _) = layout.edges["a", "c"]
    assert layer == layout.nodes["b"][0]
    assert abs(position - layout.nodes["b"][1]) > 0.5


def test_calls_in_a_circle_have_a_first() -> None:
    layout = lay_out(["a", "b"], [("a", "b"), ("b", "a"), ("a", "a")])
    assert [layout.nodes[name][0] for name in ("a", "b")] == [0, 1]
    assert layout.edges["b", "a"] == tuple(reversed(layout.edges["a", "b"]))
    assert layout.edges["a", "a"] == ()


def test_edges_that_cross_are_untangled() -> None:
    layout = lay_out(["a", "b", "x", "y"], [("a", "y"), ("b", "x")])
    assert (layout.nodes["a"][1] < layout.nodes["b"][1]) == (
        layout.nodes["y"][1] < layout.nodes["x"][1]
    )


@settings(max_examples=60, deadline=None)
@given(edges_of_names)
def test_any_graph_has_a_layout(edges: list[tuple[str, str]]) -> None:
    layout = lay_out(NAMES, edges)
    assert set(layout.nodes) == set(NAMES)
    assert set(layout.edges) == set(edges)
    _apart(layout)
    for (caller, callee), way in layout.edges.items():
        if caller != callee:
            assert (way[0], way[-1]) == (layout.nodes[caller], layout.nodes[callee])


def test_no_graph() -> None:
    assert lay_out([], []) == Layout({}, {}, 0, 0.0)
