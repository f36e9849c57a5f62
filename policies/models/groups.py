"""Words for things of several kinds: "fruit" is apples, lemons and pears. A small model moves one kind of them."""

from __future__ import annotations

_FRUIT = {"apple", "lemon", "pear", "orange", "banana", "plum", "peach", "strawberry", "cherry", "lime", "grape",
          "melon", "kiwi", "mango", "apricot"}  # fmt: skip
_FOOD = _FRUIT | {"egg", "carrot", "tomato", "potato", "onion", "pepper", "donut", "bread", "cheese"}
_CUTLERY = {"spoon", "fork", "knife"}
_PENS = {"pen", "pencil", "marker", "crayon"}
_OFFICE = _PENS | {"eraser", "ruler", "paper", "stapler"}
_FASTENERS = {"screw", "nut", "bolt", "nail", "washer"}
GROUPS = {
    "fruit": _FRUIT,
    **dict.fromkeys(("food", "edible", "foodstuff", "snack", "grocery"), _FOOD),
    **dict.fromkeys(("cutlery", "silverware", "utensil"), _CUTLERY),
    **dict.fromkeys(("write", "writing"), _PENS),
    **dict.fromkeys(("stationery", "office"), _OFFICE),
    **dict.fromkeys(("fastener", "fastening", "fixing"), _FASTENERS),
    "hardware": _FASTENERS | {"battery"},
    "drinkware": {"mug", "cup", "glass"},
    "crockery": {"plate", "saucer", "mug", "cup", "bowl"},
    "toy": {"duck", "ball", "car", "marble", "doll", "teddy"},
    "money": {"coin"},
    "cash": {"coin"},
    "headgear": {"cap", "hat"},
    "tool": {"hammer", "wrench", "pliers", "screwdriver"},
}
