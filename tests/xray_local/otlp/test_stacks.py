"""Stack traces of several languages."""

import pytest

from xray_local.otlp.stacks import MOST_FRAMES, frames_of


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("java.lang.IllegalStateException: no\n\tat shop.Cart.add(Cart.java:31)\n"
         "\tat shop.Main.main(Main.java:7)\nCaused by: x",
         [("Cart.java", 31, "shop.Cart.add"), ("Main.java", 7, "shop.Main.main")]),
        ("Error: no\n    at add (/app/cart.js:3:15)\n    at /app/main.js:9:1\n    at <anonymous>",
         [("/app/cart.js", 3, "add"), ("/app/main.js", 9, "")]),
        ("no stack at all", []),
        ("", []),
    ],
)  # fmt: skip
def test_frames_are_found(text: str, frames: list[tuple[str, int, str]]) -> None:
    assert [(frame.path, frame.line, frame.label) for frame in frames_of(text)] == frames


@pytest.mark.parametrize("text", ['File "' * 50_000, "at (" * 50_000, "at a" + "(" * 50_000])
def test_hostile_texts_take_no_time(text: str) -> None:
    assert frames_of(text) == ()


def test_the_number_of_frames_is_bounded() -> None:
    assert len(frames_of("at f (a.js:1:1)\n" * 1000)) == MOST_FRAMES
