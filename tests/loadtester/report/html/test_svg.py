from loadtester.report.html.scales import Scale
from loadtester.report.html.svg import Frame, bar, chart, dot, hover, legend, line, meter, rows

FRAME = Frame()


def test_a_lone_point_is_a_dot_and_none_is_nothing() -> None:
    assert line([(1, 2), (3, 4)], "p50") == '<polyline class="line p50" points="1.0,2.0 3.0,4.0"/>'
    assert line([(1, 2)], "p50").startswith('<circle class="dot p50"')
    assert line([], "p50") == ""


def test_a_bar_without_height_is_nothing() -> None:
    assert bar(0, 5, 100, 100, "responses") == ""
    assert 'height="40.0"' in bar(0, 5, 60, 100, "responses")


def test_a_meter_is_filled_up_to_its_share() -> None:
    assert '<rect class="s2" width="25.00"' in meter(0.25, "s2")


def test_words_are_escaped_wherever_they_stand() -> None:
    evil = '<i>"&'
    shapes = [
        hover(FRAME, 0, 5, evil),
        dot((1, 2), "kept", evil),
        legend([("p50", evil)]),
        rows(FRAME, Scale(0, 1, 100, 0), lambda value: evil),
        chart(FRAME, evil, []),
    ]
    for shape in shapes:
        assert "<i>" not in shape.replace('<i class="p50"></i>', "")
        assert "&lt;i&gt;" in shape
