"""Values and messages as bytes: what goes in comes out, and nothing else is taken for a message."""

import json
import math
from dataclasses import fields

import numpy as np
import pytest

from capra.policies.runner import codec
from capra.policies.runner.codec import FrameReader, ProtocolError, pack
from capra.policies.runner.messages import check_message
from capra.primitives.values import VALUE_TYPES, Box, Grasp, Image, Object, Region, Segment

VALUES = [
    None,
    True,
    False,
    0,
    -(2**63),
    2**63 - 1,
    0.1,
    -0.0,
    math.inf,
    -math.inf,
    "",
    'a "quoted" ünicode 🦾\n\x00',
    [],
    (),
    {},
    [1, [2.5, (3, "x")], {"a": (1,), 2: None, (1, 2): [True]}],
    {"$": "tuple", "v": [1]},
]
OBJECT = Object("red block", "block", "red", np.array([0.5, 0.1, 0.02]), np.full(3, 0.04), 0.3, 7)
DATACLASSES = [
    OBJECT,
    Region("middle", np.zeros(3), np.ones(2)),
    Grasp(np.ones(3), 1.0, 0.05),
    Box(np.ones(3), np.ones(3), -1.0),
    Image("top", np.zeros((4, 5, 3), np.uint8), np.ones((4, 5), np.float32), np.eye(3), np.eye(4)),
    Segment("thing", np.eye(3, dtype=bool)),
]


def through(value):
    (message,) = FrameReader().feed(pack({"v": value}))
    return message["v"]


def frame(text, binary=b""):
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    return codec.HEADER.pack(len(text), len(binary)) + text + binary


def reject(data):
    with pytest.raises(ProtocolError) as caught:
        list(FrameReader().feed(data))
    return str(caught.value)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_come_back_with_their_types(value):
    back = through(value)
    assert back == value
    assert repr(back) == repr(value)


def test_nan_comes_back():
    assert math.isnan(through(math.nan))
    assert np.isnan(through(np.array([np.nan, 1.0]))).tolist() == [True, False]


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", ">f8", ">i4"])
def test_arrays_come_back_writable(dtype):
    array = (np.arange(24) % 3).reshape(2, 3, 4).astype(dtype)
    back = through(array)
    assert back.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back, array)
    back[0, 0, 0] = 1


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2)])
def test_arrays_without_length_come_back(shape):
    assert through(np.zeros(shape)).shape == shape


def test_views_come_back():
    array = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(through(array.T[::2]), array.T[::2])


def test_numpy_scalars_become_plain():
    assert [type(v) for v in through([np.float64(1.5), np.int32(2), np.bool_(True), np.float32(0.5)])] == [
        float,
        int,
        bool,
        float,
    ]


@pytest.mark.parametrize("value", DATACLASSES, ids=lambda v: type(v).__name__)
def test_value_types_come_back(value):
    back = through([value, value])[1]
    assert type(back) is type(value)
    for f in fields(value):
        np.testing.assert_array_equal(getattr(back, f.name), getattr(value, f.name))


def test_every_array_field_has_a_shape():
    expected = {(n, f) for n in VALUE_TYPES for f, kind in codec.FIELD_TYPES[n].items() if isinstance(kind, np.dtype)}
    assert set(codec.SHAPES) == expected


def test_fields_given_as_lists_are_made_right():
    back = through(Object("a", "block", "red", [1, 2, 3], (1, 1, 1), 0, 0))  # type: ignore[arg-type]
    assert back.position.dtype == np.float64
    assert type(back.yaw) is float


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (lambda: 1, r"v: function <function <lambda>> cannot be sent; valid: .*Object"),
        ({1, 2}, "set"),
        (b"x", "bytes"),
        (1j, "complex"),
        (range(3), "range"),
        ([1, (2, object())], r"v\[1\]\[1\]: object"),
        (2**64, "65 bits"),
        (np.array([object()]), "dtype object"),
        (np.array(["a"]), "dtype <U1"),
        (np.array([1j]), "dtype complex"),
        (Object, "type"),
        (Object("a", "block", "red", np.zeros(2), np.zeros(3), 0.0), r"of shape \(2,\); valid: \(3,\)"),
        (Object("a", "block", "red", "here", np.zeros(3), 0.0), "position: str 'here' is not an array"),  # type: ignore[arg-type]
        (Object(5, "block", "red", np.zeros(3), np.zeros(3), 0.0), "name: int 5 is not a str"),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_named(value, told):
    with pytest.raises(TypeError, match=told):
        pack({"v": value})


def test_what_is_too_deep_or_too_large_is_refused():
    loop: list = []
    loop.append(loop)
    with pytest.raises(TypeError, match="nested deeper"):
        pack({"v": loop})
    with pytest.raises(ValueError, match="numpy arrays"):
        pack({"v": [0] * (codec.MAX_NODES + 1)})
    with pytest.raises(ValueError, match="more than"):
        pack({"v": "x" * (codec.MAX_JSON + 1)})
    with pytest.raises(ValueError, match="more than"):
        pack({"v": np.zeros(codec.MAX_BINARY + 1, np.uint8)})


def test_lone_surrogates_never_cross():
    assert through("a\ud800b") == "a?b"
    assert "Unicode" in reject(frame(b'{"v": "\\ud800"}'))
    assert "Unicode" in reject(frame(b'{"\\ud800": 1}'))


def test_frames_survive_any_cut():
    data = pack({"a": np.arange(5), "b": "x"}) + pack({"c": 1}) + pack({})
    reader = FrameReader()
    messages = [m for i in range(len(data)) for m in reader.feed(data[i : i + 1])]
    assert [sorted(m) for m in messages] == [["a", "b"], ["c"], []]


def array_frame(binary=b"\0" * 8, **changes):
    return frame({"v": {"$": "array", "dtype": "<f8", "shape": [1], **changes}}, binary)


def object_frame(**changes):
    body = {
        "name": "a", "kind": "block", "color": "red", "yaw": 0.0, "id": 1,
        "position": {"$": "array", "dtype": "<f8", "shape": [3]},
        "size": {"$": "array", "dtype": "<f8", "shape": [3]},
        "points": {"$": "array", "dtype": "<f8", "shape": [0, 3]},
    }  # fmt: skip
    body.update(changes)
    return frame({"v": {"$": "Object", "v": body}}, b"\0" * 48)


def test_a_hand_made_object_is_understood():
    (message,) = FrameReader().feed(object_frame())
    assert message["v"].position.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        codec.HEADER.pack(2**32 - 1, 0),
        codec.HEADER.pack(2, 2**32 - 1) + b"{}",
        frame(b"\xff\xfe"),
        frame(b"{"),
        frame(b""),
        frame([]),
        frame(5),
        frame(b"[" * 200_000),
        frame(b'{"v":' + b"[" * 40 + b"]" * 40 + b"}"),
        frame(b'{"v":[' + b"0," * 150_000 + b"0]}"),
        frame(b'{"v": NaN}'),
        frame(b'{"v": 1e999}'),
        frame(b'{"v": ' + b"9" * 5000 + b"}"),
        frame({"v": 2**63}),
        frame({"v": {}}),
        frame({"v": {"$": 5}}),
        frame({"v": {"$": "function", "v": 1}}),
        frame({"v": {"$": "PrimitiveError", "v": {}}}),
        frame({"v": {"$": "tuple"}}),
        frame({"v": {"$": "tuple", "v": 5}}),
        frame({"v": {"$": "tuple", "v": [], "w": 1}}),
        frame({"v": {"$": "dict", "v": [[1]]}}),
        frame({"v": {"$": "dict", "v": [[[1], 2]]}}),
        frame({"v": {"$": "float", "v": "1.0"}}),
        frame({"v": {"$": "float", "v": [1]}}),
        array_frame(dtype="O"),
        array_frame(dtype="<U8"),
        array_frame(dtype="<c16"),
        array_frame(dtype=["<f8"]),
        array_frame(shape=[2]),
        array_frame(shape=[-1]),
        array_frame(shape=[1.0]),
        array_frame(shape=[True]),
        array_frame(shape=[2**31]),
        array_frame(shape=[1] * 9),
        array_frame(shape=[2**30] * 8),
        array_frame(b"", shape=[0, 2**30, 2**30, 2**30]),
        array_frame(binary=b"\0" * 9),
        frame({"v": [{"$": "array", "dtype": "<f8", "shape": [1]}] * 2}, b"\0" * 8),
        object_frame(name=5),
        object_frame(yaw="0"),
        object_frame(id=1.5),
        object_frame(id=True),
        object_frame(extra=1),
        object_frame(position=[0, 0, 0]),
        object_frame(position={"$": "array", "dtype": "<f8", "shape": [1, 3]}),
        object_frame(position={"$": "array", "dtype": "<f4", "shape": [6]}),
        frame({"v": {"$": "Object", "v": {}}}),
        frame({"v": {"$": "Object", "v": []}}),
    ],
)
def test_what_is_not_a_message_is_refused_in_words(data):
    assert len(reject(data)) > 5


MESSAGE = {"type": "call", "name": "pick", "args": (), "kwargs": {}, "line": 1}


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": None},
        {"type": "eval", "code": "1"},
        {"type": "value", "value": 1},
        {"type": "done", "verdict": True},
        {"type": "print", "text": 5, "line": 1},
        {"type": "print", "text": "x"},
        {**MESSAGE, "name": "fly"},
        {**MESSAGE, "name": ["pick"]},
        {**MESSAGE, "args": []},
        {**MESSAGE, "kwargs": {5: 1}},
        {**MESSAGE, "line": 0},
        {**MESSAGE, "line": 4},
        {**MESSAGE, "line": True},
        {**MESSAGE, "line": "1"},
    ],
    ids=str,
)
def test_messages_outside_the_protocol_are_refused(message):
    with pytest.raises(ProtocolError):
        check_message(message, ["pick"], 3)


def test_messages_of_the_protocol_are_taken():
    check_message(MESSAGE, ["pick"], 3)
    check_message({**MESSAGE, "line": None}, ["pick"], 3)
    check_message({"type": "done"}, [], 1)
