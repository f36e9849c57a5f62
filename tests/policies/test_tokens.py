"""The token estimate must not be below what a real vocabulary needs."""

from __future__ import annotations

import pytest

from capra.policies.tokens import clip, estimate_tokens

# Text -> tokens of SmolLM2's vocabulary (49,152 entries), measured with llama.cpp's tokeniser; see docs/feedback.md.
MEASURED: dict[str, int] = {
    "The program ran to its end without an error, but the goal may not be reached.": 18,
    "Error grasp_missed: the jaws closed to 1.2 mm on nothing where the red block was seen": 23,
    "  red block moved 8.6 cm, from (0.400, 0.100, 0.020) to (0.450, 0.030, 0.020)": 54,
    "line 4: place_in(<green bowl>) -> failed, slipped: the red block was lost on the way": 25,
    "ZeroDivisionError AttributeError: 'NoneType' object has no attribute 'position'": 17,
    "aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQ=": 31,
    "3f9a0c77e1b2d4558890aabbccddeeff": 27,
    "qzxj kvwp zxqk jjwq pvkx": 18,
    "xo za bi qu ky we": 9,
    "把红色的积木放进绿色的碗里": 27,
    "Положи красный кубик в зелёную чашу": 29,
    "Grüße, žluťoučký kůň": 19,
    "🤖🦾🙂🧱": 11,
    "\t\n\t\n \n": 3,
    "!@#$%^&*()_+{}|:<>?": 17,
    "0.123456789 -1e-07": 17,
    "x = np.linalg.norm(block.position[:2] - bowl.position[:2])": 21,
}


@pytest.mark.parametrize("text", MEASURED)
def test_estimate_is_not_below_a_measured_count(text: str) -> None:
    assert estimate_tokens(text) >= MEASURED[text]


@pytest.mark.parametrize("text", ["", "a b c", "pick('red block')\n" * 30, "红" * 50, "🤖" * 40, "x" * 500, " " * 200])
def test_estimate_never_exceeds_the_bytes(text: str) -> None:
    assert estimate_tokens(text) <= len(text.encode())


def test_estimate_of_lines_adds_up() -> None:
    lines = ["pick the red block", "", "(0.400, 0.100)", "红色 block"]
    assert estimate_tokens("\n".join(lines)) == sum(estimate_tokens(line) for line in lines) + len(lines) - 1


@pytest.mark.parametrize("most", range(12))
def test_clip_keeps_the_bound_and_marks_what_is_cut(most: int) -> None:
    for text in ("short", "a longer text with words", "0123456789", "红色的积木", "🤖🤖🤖", "…", ""):
        cut = clip(text, most)
        assert estimate_tokens(cut) <= most
        assert cut == text or cut == "" or (cut.endswith("…") and text.startswith(cut[:-1]))
        if estimate_tokens(text) <= most:
            assert cut == text


def test_clip_of_a_huge_text_does_not_read_it_all() -> None:
    assert len(clip("word " * 2_000_000, 50)) < 300
