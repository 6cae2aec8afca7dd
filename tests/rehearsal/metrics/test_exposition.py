from rehearsal.metrics.exposition import samples

TEXT = """\
# HELP requests What was asked.
# TYPE requests counter
requests{code="200",path="/a \\"b\\"\\n"} 19
requests_total 3.5 1700000000000
bucket{le="+Inf"} 7
broken{
nan_value NaN
"""


def test_names_stay_as_they_are_written() -> None:
    found = list(samples(TEXT))
    assert [s.labels["__name__"] for s in found] == [
        "requests",
        "requests_total",
        "bucket",
        "nan_value",
    ]
    assert found[0].value == 19
    assert found[1].value == 3.5


def test_label_values_are_unescaped() -> None:
    assert next(samples(TEXT)).labels == {
        "__name__": "requests",
        "code": "200",
        "path": '/a "b"\n',
    }
