"""Which words stand in commands that can be done, and hardly ever in those that cannot: from generated corpora.

    python -m capra.policies.models.corpus.doable --corpus runs/corpus ...

Writes policies/models/doable.txt. A command of such words alone is not refused without a second look, and none of them is a colour
or a kind with a letter wrong.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from ..prompt import CANNOT
from ..relations import words_in

_OFTEN = 8 / 12_500  # share of all commands, in those that can be done
_SELDOM = 0.06  # of them, in those that cannot
_OUT = Path(__file__).parents[1] / "doable.txt"


def doable_words(examples: list[dict[str, str]]) -> list[str]:
    """The words, in alphabetical order. examples: with their `instruction` and `program`."""
    done, refused = Counter[str](), Counter[str]()
    for example in examples:
        count = refused if example["program"] == CANNOT else done
        count.update(set(words_in(example["instruction"])))
    return sorted(word for word, n in done.items() if n >= _OFTEN * len(examples) and refused[word] <= _SELDOM * n)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, nargs="+")
    files = [folder / "train.jsonl" for folder in parser.parse_args().corpus]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    _OUT.write_text("\n".join(doable_words([json.loads(line) for line in lines])) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
