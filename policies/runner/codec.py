"""Values and messages as bytes between the robot process and a program's process: data with a checked schema.

A frame is ``!II`` (length of the JSON part, length of the binary part), then the JSON object, then the bytes of all
arrays in the order in which the object mentions them. Arrays travel outside the JSON so that a camera image costs its
own size, and so that the JSON part, the one that a parser blows up into objects, can be held small: what a hostile
frame can cost its reader is bounded. A value is null, true, false, an integer below 2**63, a finite number, a string,
a list, or an object whose ``$`` names its type: tuple, dict, float (nan, inf, -inf), array, or one of VALUE_TYPES.
"""

from __future__ import annotations

import json
import math
import re
import struct
import typing
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ...primitives.values import VALUE_TYPES

HEADER = struct.Struct("!II")
MAX_JSON = 2 * 2**20
MAX_BINARY = 64 * 2**20
MAX_DEPTH = 32
MAX_NODES = 100_000
MAX_INT = 2**63

DTYPES = {np.dtype(name).newbyteorder("<").str: np.dtype(name).newbyteorder("<") for name in (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"
)}  # fmt: skip

SHAPES: dict[tuple[str, str], tuple[int | None, ...]] = {
    ("Object", "position"): (3,),
    ("Object", "size"): (3,),
    ("Object", "points"): (None, 3),
    ("Region", "center"): (3,),
    ("Region", "size"): (2,),
    ("Grasp", "position"): (3,),
    ("Box", "center"): (3,),
    ("Box", "size"): (3,),
    ("Image", "rgb"): (None, None, 3),
    ("Image", "depth"): (None, None),
    ("Image", "camera_matrix"): (3, 3),
    ("Image", "camera_to_base"): (4, 4),
    ("Segment", "mask"): (None, None),
}
"""The shape of every array field of the value types; None is any length."""


class ProtocolError(Exception):
    """The other side sent something that is not a message; the text says what is wrong with it."""


def _field_types() -> dict[str, dict[str, type | np.dtype[Any]]]:
    """For each value type, its fields with str, int, float, bool or the dtype of an array."""
    table: dict[str, dict[str, type | np.dtype[Any]]] = {}
    for name, cls in VALUE_TYPES.items():
        hints = typing.get_type_hints(cls)
        table[name] = {}
        for f in fields(cls):
            hint = hints[f.name]
            if typing.get_origin(hint) in (np.ndarray, NDArray):  # NDArray is a type of its own in newer NumPy
                while typing.get_args(hint):
                    hint = typing.get_args(hint)[-1]
                table[name][f.name] = np.dtype(hint)
            elif hint in (str, int, float, bool):
                table[name][f.name] = hint
            else:
                raise TypeError(f"{name}.{f.name}: no wire format for {hint!r}; valid: str, int, float, bool, NDArray")
    return table


FIELD_TYPES = _field_types()


def pack(message: dict[str, Any]) -> bytes:
    """One message as a frame.

    TypeError naming the value that cannot cross; ValueError when the message is larger than a frame may be.
    """
    encoder = _Encoder()
    body = {key: encoder.encode(value, key, 0) for key, value in message.items()}
    text = json.dumps(body, allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    if len(text) > MAX_JSON:
        raise ValueError(f"the message has {len(text)} bytes beside its arrays, more than {MAX_JSON}; use numpy arrays")
    binary = sum(len(blob) for blob in encoder.blobs)
    if binary > MAX_BINARY:
        raise ValueError(f"the message's arrays have {binary} bytes, more than {MAX_BINARY}")
    return b"".join((HEADER.pack(len(text), binary), text, *encoder.blobs))


def unpack(text: bytes, binary: bytes) -> dict[str, Any]:
    """The message of a frame's two parts. ProtocolError when it is not one."""
    try:
        body = json.loads(text.decode("utf-8"), parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not JSON: {str(error)[:200]}") from None
    if type(body) is not dict:
        raise ProtocolError(f"a message is an object, not {type(body).__name__}")
    decoder = _Decoder(binary)
    message = {decoder.text(key): decoder.decode(value, 0) for key, value in body.items()}
    decoder.finish()
    return message


class FrameReader:
    """Turns a stream of bytes into messages, however it is cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The messages completed by `data`. ProtocolError as soon as the stream cannot be one of frames."""
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            text_size, binary_size = HEADER.unpack_from(self._buffer)
            if text_size > MAX_JSON or binary_size > MAX_BINARY:
                raise ProtocolError(
                    f"a frame of {text_size} + {binary_size} bytes; at most {MAX_JSON} + {MAX_BINARY} are allowed"
                )
            middle = HEADER.size + text_size
            end = middle + binary_size
            if len(self._buffer) < end:
                return
            text, binary = bytes(self._buffer[HEADER.size : middle]), bytes(self._buffer[middle:end])
            del self._buffer[:end]
            yield unpack(text, binary)


class _Encoder:
    def __init__(self) -> None:
        self.blobs: list[bytes] = []
        self._nodes = 0

    def encode(self, value: Any, where: str, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ValueError(f"{where}: more than {MAX_NODES} values in one message; use numpy arrays")
        if depth > MAX_DEPTH:
            raise TypeError(f"{where}: nested deeper than {MAX_DEPTH}")
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or value is True or value is False:
            return value
        if isinstance(value, int):
            if not -MAX_INT <= value < MAX_INT:
                raise TypeError(f"{where}: an integer with {value.bit_length()} bits; at most 64 can be sent")
            return int(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"$": "float", "v": str(float(value))}
        if isinstance(value, str):
            return str(value)
        if isinstance(value, np.ndarray):
            return self._array(value, where)
        if isinstance(value, list):
            return [self.encode(v, f"{where}[{i}]", depth + 1) for i, v in enumerate(value)]
        if isinstance(value, tuple):
            return {"$": "tuple", "v": [self.encode(v, f"{where}[{i}]", depth + 1) for i, v in enumerate(value)]}
        if isinstance(value, dict):
            pairs = [
                [self.encode(k, f"{where} key", depth + 1), self.encode(v, f"{where}[{k!r:.40}]", depth + 1)]
                for k, v in value.items()
            ]
            return {"$": "dict", "v": pairs}
        for name, cls in VALUE_TYPES.items():
            if isinstance(value, cls):
                return {"$": name, "v": self._fields(name, value, where, depth)}
        raise TypeError(f"{where}: {_show(value)} cannot be sent; {_VALID}")

    def _array(self, array: np.ndarray[Any, Any], where: str) -> dict[str, Any]:
        dtype = array.dtype.newbyteorder("<")
        if dtype.str not in DTYPES:
            raise TypeError(f"{where}: an array of dtype {array.dtype} cannot be sent; valid: bool, integers, floats")
        self.blobs.append(array.astype(dtype, copy=False).tobytes())
        return {"$": "array", "dtype": dtype.str, "shape": list(array.shape)}

    def _fields(self, name: str, value: Any, where: str, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for field, kind in FIELD_TYPES[name].items():
            part, place = getattr(value, field), f"{where}.{field}"
            try:
                if isinstance(kind, np.dtype):
                    part = np.asarray(part, dtype=kind)
                elif kind is not str:
                    part = kind(part)
            except (TypeError, ValueError):
                raise TypeError(f"{place}: {_show(part)} is not {_kind_name(kind)}") from None
            problem = _field_problem(name, field, kind, part)
            if problem:
                raise TypeError(f"{place}: {problem}")
            out[field] = self.encode(part, place, depth + 1)
        return out


class _Decoder:
    def __init__(self, binary: bytes) -> None:
        self._binary = binary
        self._at = 0
        self._nodes = 0

    def finish(self) -> None:
        if self._at != len(self._binary):
            raise ProtocolError(f"{len(self._binary) - self._at} bytes belong to no array")

    def text(self, value: str) -> str:
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:  # a lone surrogate: it could never be printed nor written to the trace
            raise ProtocolError(f"not a Unicode string: {value[:40]!a}") from None
        return value

    def decode(self, value: Any, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ProtocolError(f"more than {MAX_NODES} values in one message")
        if depth > MAX_DEPTH:
            raise ProtocolError(f"nested deeper than {MAX_DEPTH}")
        if value is None or value is True or value is False:
            return value
        if type(value) is int:
            if not -MAX_INT <= value < MAX_INT:
                raise ProtocolError(f"an integer with {value.bit_length()} bits")
            return value
        if type(value) is float:
            if not math.isfinite(value):
                raise ProtocolError("a number that is not finite")
            return value
        if type(value) is str:
            return self.text(value)
        if type(value) is list:
            return [self.decode(v, depth + 1) for v in value]
        return self._tagged(value, depth)

    def _tagged(self, value: dict[str, Any], depth: int) -> Any:
        tag = value.get("$")
        if tag == "array":
            _keys(value, "$", "dtype", "shape")
            return self._array(value["dtype"], value["shape"])
        if not isinstance(tag, str):
            raise ProtocolError("an object without a type")
        _keys(value, "$", "v")
        inner = value["v"]
        if tag == "float":
            if inner not in ("nan", "inf", "-inf"):
                raise ProtocolError(f"float {inner!r:.40}")
            return float(inner)
        if tag in ("tuple", "dict"):
            if type(inner) is not list:
                raise ProtocolError(f"{tag} without a list")
            return tuple(self.decode(v, depth + 1) for v in inner) if tag == "tuple" else self._dict(inner, depth)
        if tag in VALUE_TYPES:
            return self._dataclass(tag, inner, depth)
        raise ProtocolError(f"unknown type {tag[:40]!r}; valid: tuple, dict, float, array, {', '.join(VALUE_TYPES)}")

    def _dict(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        out: dict[Any, Any] = {}
        for pair in pairs:
            if type(pair) is not list or len(pair) != 2:
                raise ProtocolError("dict without pairs")
            key, item = self.decode(pair[0], depth + 1), self.decode(pair[1], depth + 1)
            try:
                out[key] = item
            except TypeError:
                raise ProtocolError(f"a {type(key).__name__} is no key") from None
        return out

    def _array(self, name: Any, shape: Any) -> np.ndarray[Any, Any]:
        dtype = DTYPES.get(name) if isinstance(name, str) else None
        if dtype is None:
            raise ProtocolError(f"array of dtype {name!r:.40}")
        if type(shape) is not list or len(shape) > 8 or not all(type(n) is int and 0 <= n < 2**31 for n in shape):
            raise ProtocolError(f"array of shape {shape!r:.80}")
        end = self._at + dtype.itemsize * math.prod(shape)
        if end > len(self._binary):
            raise ProtocolError(f"array of shape {shape} is larger than the frame")
        data = bytearray(self._binary[self._at : end])  # a bytearray, so that the array owns writable memory
        self._at = end
        try:
            array = np.frombuffer(data, dtype=dtype).reshape(shape)
        except ValueError as error:
            raise ProtocolError(f"array of shape {shape}: {error}") from None
        return array.astype(dtype.newbyteorder("="), copy=False)

    def _dataclass(self, name: str, inner: Any, depth: int) -> Any:
        if type(inner) is not dict:
            raise ProtocolError(f"{name} without fields")
        kinds = FIELD_TYPES[name]
        _keys(inner, *kinds)
        values: dict[str, Any] = {}
        for field, part in inner.items():  # in the order sent: arrays are taken from the binary part one by one
            decoded = self.decode(part, depth + 1)
            if kinds[field] is float and type(decoded) is int:
                decoded = float(decoded)
            problem = _field_problem(name, field, kinds[field], decoded)
            if problem:
                raise ProtocolError(f"{name}.{field}: {problem}")
            values[field] = decoded
        return VALUE_TYPES[name](**values)


_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_VALID = "valid: None, bool, int, float, str, list, tuple, dict, numpy array, " + ", ".join(VALUE_TYPES)


def _field_problem(name: str, field: str, kind: type | np.dtype[Any], value: Any) -> str | None:
    """What is wrong with a field of a value type, or None."""
    if not isinstance(kind, np.dtype):
        right = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        return None if right else f"{_show(value)} is not {_kind_name(kind)}"
    if not isinstance(value, np.ndarray) or value.dtype != kind:
        return f"{_show(value)} is not {_kind_name(kind)}"
    shape = SHAPES[name, field]
    fits = value.ndim == len(shape) and all(
        want is None or want == have for want, have in zip(shape, value.shape, strict=True)
    )
    return None if fits else f"an array of shape {value.shape}; valid: {shape}"


def _keys(value: dict[str, Any], *names: str) -> None:
    if set(value) != set(names):
        raise ProtocolError(f"fields {sorted(value)!r:.80}; valid: {sorted(names)}")


def _kind_name(kind: type | np.dtype[Any]) -> str:
    return f"an array of {kind}" if isinstance(kind, np.dtype) else f"a {kind.__name__}"


def _show(value: Any) -> str:
    """Type and beginning of the value, the same in every run; a value whose repr fails is named by its type alone."""
    try:
        return f"{type(value).__name__} {_ADDRESS.sub('', repr(value)):.60}"
    except Exception as error:
        return f"{type(value).__name__} (its repr raised {type(error).__name__})"


def _reject_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")
