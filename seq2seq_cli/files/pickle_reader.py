"""A small interpreter of the pickle opcodes that data needs; nothing in a file can name code.

The standard `Unpickler` imports what a pickle names, and even with every name refused it allocates what
a ten-byte file claims to hold. Here a length is compared with the bytes that are left before anything is
allocated, nesting is at most `MAX_DEPTH` deep, objects are counted, and a container that was finished
may not be used a second time, nor large data more often than the file is long. So a small file can't
describe a huge object.

With `foreign=True` the array pickles that NumPy writes are understood too, with inert stand-ins: the
names they may use are compared as text and never looked up.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.pickle_limits import (
    MAX_CONTAINERS,
    MAX_DEPTH,
    MAX_INT_BYTES,
    MAX_OBJECTS,
    MAX_TEXT,
)
from seq2seq_cli.files.pickled_values import (
    DTYPE,
    ENCODE,
    FROM_BUFFER,
    KNOWN_NAMES,
    NDARRAY,
    RECONSTRUCT,
    ForeignArray,
    ForeignType,
    Name,
    SkippedBytes,
    checked_array,
    data_length,
    is_type_code,
    latin1_bytes,
)
from seq2seq_cli.files.places import kind_of_file
from seq2seq_cli.types import STANDARD_STREAM

SKIP_FROM = 4096
"""Bytes payloads from this size on are left in the file when they are not asked for."""
RECALLED_FREELY = 64
"""Texts and bytes up to this length may be used again and again; longer ones only as often as the file is long."""

_MARK = object()


class _Interpreter:
    """Runs one pickle. See the module's text for what it refuses."""

    def __init__(self, file: BinaryIO, size: int, *, load_bytes: bool, foreign: bool) -> None:
        self._file, self._size, self._load_bytes, self._foreign = file, size, load_bytes, foreign
        self._position = 0
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: list[Any] = []
        self._recalled = 0
        self._depths: dict[int, int] = {}  # id of a container on the stack → how deep it nests
        self._finished: set[int] = set()  # ids of containers that stand inside another one
        self._alive: list[Any] = []  # keeps ids from being used again
        self._objects = 0

    # --- bytes ------------------------------------------------------------------------------------

    def _take(self, count: int) -> bytes:
        if count > self._size - self._position:
            raise ModelFileError(
                f"it claims {count} bytes at byte {self._position}, but {self._size - self._position} are left"
            )
        data = self._file.read(count)
        if len(data) != count:
            raise ModelFileError(f"it ends early, at byte {self._position + len(data)}")
        self._position += count
        return data

    def _number(self, layout: str) -> int:
        number: int = struct.unpack(layout, self._take(struct.calcsize(layout)))[0]
        return number

    def _line(self) -> str:
        data = bytearray()
        while (byte := self._take(1)) != b"\n":
            data += byte
            if len(data) > 256:
                raise ModelFileError(f"a name is too long at byte {self._position}")
        return data.decode("ascii", "replace")

    # --- the stack ----------------------------------------------------------------------------------

    def _push(self, value: Any) -> None:
        self._objects += 1
        if self._objects > MAX_OBJECTS:
            raise ModelFileError(f"it holds more than {MAX_OBJECTS:,} objects")
        self._stack.append(value)

    def _pop(self) -> Any:
        if not self._stack or self._stack[-1] is _MARK:
            raise ModelFileError(f"nothing to take at byte {self._position}")
        return self._stack.pop()

    def _pop_mark(self) -> list[Any]:
        if not self._marks:
            raise ModelFileError(f"no mark to go back to at byte {self._position}")
        start = self._marks.pop()
        items = self._stack[start + 1 :]
        del self._stack[start:]
        return items

    def _container(self, value: Any, items: list[Any]) -> Any:
        """Register a new list, dict or tuple that holds `items`."""
        if len(self._alive) == MAX_CONTAINERS:
            raise ModelFileError(f"it holds more than {MAX_CONTAINERS:,} lists, tuples and dictionaries")
        self._alive.append(value)
        self._depths[id(value)] = 1
        self._put_inside(value, items)
        return value

    def _put_inside(self, container: Any, items: list[Any]) -> None:
        if id(container) in self._finished:
            raise ModelFileError(f"something is added to a finished object at byte {self._position}")
        for item in items:
            if item is _MARK or isinstance(item, (Name, ForeignType)):
                raise ModelFileError(
                    f"a NumPy name or a mark stands where a value belongs, before byte {self._position}"
                )
            depth = self._depths.get(id(item))
            if depth is None:
                continue
            if item is container or id(item) in self._finished:
                raise ModelFileError(f"one object is used twice at byte {self._position}")
            self._finished.add(id(item))
            self._depths[id(container)] = max(self._depths[id(container)], depth + 1)
            if self._depths[id(container)] > MAX_DEPTH:
                raise ModelFileError(f"objects are nested more than {MAX_DEPTH} deep")

    def _last(self, kind: type) -> Any:
        if not self._stack or type(self._stack[-1]) is not kind:
            raise ModelFileError(f"a {kind.__name__} was expected at byte {self._position}")
        return self._stack[-1]

    # --- opcodes --------------------------------------------------------------------------------------

    def run(self) -> Any:
        while True:
            opcode = self._take(1)
            if opcode == b".":
                break
            action = _ACTIONS.get(opcode)
            if action is None and self._foreign:
                action = _FOREIGN_ACTIONS.get(opcode)
            if action is None:
                raise ModelFileError(f"opcode {opcode!r} at byte {self._position - 1} is not one that plain data needs")
            action(self)
        if self._position != self._size:
            raise ModelFileError(f"{self._size - self._position} bytes follow its end")
        if len(self._stack) != 1 or self._marks:
            raise ModelFileError("it does not leave exactly one object")
        return self._pop()

    def protocol(self) -> None:
        if not 2 <= self._take(1)[0] <= 5:
            raise ModelFileError("its pickle protocol is not 2 to 5")

    def frame(self) -> None:
        length = self._number("<Q")
        if length > self._size - self._position:
            raise ModelFileError(f"a frame of {length} bytes is longer than the file")

    def mark(self) -> None:
        self._marks.append(len(self._stack))
        self._push(_MARK)

    def text(self, layout: str) -> None:
        length = self._number(layout)
        if length > MAX_TEXT:
            raise ModelFileError(f"a text of {length} bytes is too long")
        try:
            self._push(self._take(length).decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            raise ModelFileError(f"a text before byte {self._position} is not UTF-8") from None

    def bytes_(self, layout: str) -> None:
        length = self._number(layout)
        if self._load_bytes or length < SKIP_FROM:
            self._push(self._take(length))
            return
        if length > self._size - self._position:
            raise ModelFileError(f"it claims {length} bytes at byte {self._position}, more than are left")
        self._push(SkippedBytes(self._position, length))
        self._position += length
        self._file.seek(self._position)

    def long(self) -> None:
        length = self._take(1)[0]
        if length > MAX_INT_BYTES:
            raise ModelFileError(f"a number of {length} bytes is too large")
        self._push(int.from_bytes(self._take(length), "little", signed=True))

    def empty(self, kind: type) -> None:
        self._push(self._container(kind(), []))

    def append(self) -> None:
        item = self._pop()
        items = self._last(list)
        self._put_inside(items, [item])
        items.append(item)

    def appends(self) -> None:
        new = self._pop_mark()
        items = self._last(list)
        self._put_inside(items, new)
        items.extend(new)

    def set_item(self) -> None:
        value, key = self._pop(), self._pop()
        self._set(self._last(dict), [key, value])

    def set_items(self) -> None:
        new = self._pop_mark()
        self._set(self._last(dict), new)

    def _set(self, target: dict[Any, Any], new: list[Any]) -> None:
        if len(new) % 2:
            raise ModelFileError(f"a key without a value at byte {self._position}")
        for key, value in zip(new[::2], new[1::2], strict=True):
            if type(key) is not str or key in target:
                raise ModelFileError(f"a key that is no text, or stands twice, at byte {self._position}")
            self._put_inside(target, [value])
            target[key] = value

    def tuple_(self, count: int | None) -> None:
        items = self._pop_mark() if count is None else [self._pop() for _ in range(count)][::-1]
        if self._foreign and any(isinstance(item, (Name, ForeignType)) for item in items):
            value: Any = tuple(items)  # arguments of a call that never happens
            self._push(value)
            return
        self._push(self._container(tuple(items), items) if items else ())

    def memoize(self, index: int) -> None:
        if not self._stack or self._stack[-1] is _MARK:
            raise ModelFileError(f"nothing to remember at byte {self._position}")
        if index > len(self._memo):
            raise ModelFileError(f"memo {index} comes before memo {len(self._memo)}")
        if index < len(self._memo):
            self._memo[index] = self._stack[-1]
        elif index == self._objects:
            raise ModelFileError(f"it remembers more than it holds, at byte {self._position}")
        else:
            self._memo.append(self._stack[-1])

    def recall(self, index: int) -> None:
        if index >= len(self._memo):
            raise ModelFileError(f"memo {index} is not there at byte {self._position}")
        value = self._memo[index]
        if (length := data_length(value)) > RECALLED_FREELY:
            self._recalled += length
            if self._recalled > self._size:
                raise ModelFileError(f"it uses large data again and again, at byte {self._position}")
        self._push(value)

    # --- NumPy's array pickles ----------------------------------------------------------------------

    def name_lines(self) -> None:
        self._name(self._line(), self._line())

    def name_stack(self) -> None:
        name, module = self._pop(), self._pop()
        if type(name) is not str or type(module) is not str:
            raise ModelFileError(f"a name that is no text at byte {self._position}")
        self._name(module, name)

    def _name(self, module: str, name: str) -> None:
        named = Name(module, name)
        if named not in KNOWN_NAMES:
            raise ModelFileError(f"it names {module}.{name}, which is no part of an array; nothing was run")
        self._push(named)

    def reduce(self) -> None:
        arguments, function = self._pop(), self._pop()
        if not isinstance(arguments, tuple) or not isinstance(function, Name):
            raise ModelFileError(f"a call of something unknown at byte {self._position}")
        if function in RECONSTRUCT and arguments[:1] == (NDARRAY,):
            self._push(self._container(ForeignArray(), []))
        elif function == DTYPE and arguments and is_type_code(arguments[0]):
            self._push(ForeignType(arguments[0]))
        elif function == ENCODE and len(arguments) == 2 and arguments[1] == "latin1":
            self._push(latin1_bytes(arguments[0]))
        elif function in FROM_BUFFER and len(arguments) == 4:
            data, kind, shape, order = arguments
            self._push(self._container(checked_array(kind, shape, order == "F", data), []))
        else:
            raise ModelFileError(f"a call that makes no array at byte {self._position}")

    def build(self) -> None:
        state = self._pop()
        target = self._stack[-1] if self._stack else None
        if isinstance(target, ForeignType) and isinstance(state, tuple) and len(state) >= 2:
            if state[1] not in ("<", "|", "="):
                raise ModelFileError("an array has its bytes in big-endian order")
        elif isinstance(target, ForeignArray) and isinstance(state, tuple) and len(state) == 5:
            _, shape, kind, fortran, data = state
            made = checked_array(kind, shape, fortran is True, data)
            target.dtype, target.shape, target.fortran = made.dtype, made.shape, made.fortran
            target.data = made.data
        else:
            raise ModelFileError(f"a state of something unknown at byte {self._position}")


def _constant(value: object) -> Callable[[_Interpreter], None]:
    return lambda machine: machine._push(value)


_Action = Callable[[_Interpreter], None]

_ACTIONS: dict[bytes, _Action] = {
    b"\x80": _Interpreter.protocol,
    b"\x95": _Interpreter.frame,
    b"(": _Interpreter.mark,
    b"N": _constant(None),
    b"\x88": _constant(True),
    b"\x89": _constant(False),
    b"K": lambda m: m._push(m._number("<B")),
    b"M": lambda m: m._push(m._number("<H")),
    b"J": lambda m: m._push(m._number("<i")),
    b"\x8a": _Interpreter.long,
    b"G": lambda m: m._push(struct.unpack(">d", m._take(8))[0]),
    b"\x8c": lambda m: m.text("<B"),
    b"X": lambda m: m.text("<I"),
    b"\x8d": lambda m: m.text("<Q"),
    b"C": lambda m: m.bytes_("<B"),
    b"B": lambda m: m.bytes_("<I"),
    b"\x8e": lambda m: m.bytes_("<Q"),
    b"]": lambda m: m.empty(list),
    b"}": lambda m: m.empty(dict),
    b")": lambda m: m.tuple_(0),
    b"\x85": lambda m: m.tuple_(1),
    b"\x86": lambda m: m.tuple_(2),
    b"\x87": lambda m: m.tuple_(3),
    b"t": lambda m: m.tuple_(None),
    b"a": _Interpreter.append,
    b"e": _Interpreter.appends,
    b"s": _Interpreter.set_item,
    b"u": _Interpreter.set_items,
    b"\x94": lambda m: m.memoize(len(m._memo)),
    b"q": lambda m: m.memoize(m._number("<B")),
    b"r": lambda m: m.memoize(m._number("<I")),
    b"h": lambda m: m.recall(m._number("<B")),
    b"j": lambda m: m.recall(m._number("<I")),
}

_FOREIGN_ACTIONS: dict[bytes, _Action] = {
    b"\x96": lambda m: m.bytes_("<Q"),  # a bytearray, in protocol 5
    b"c": _Interpreter.name_lines,
    b"\x93": _Interpreter.name_stack,
    b"R": _Interpreter.reduce,
    b"b": _Interpreter.build,
}


def read_pickle(path: Path, *, load_bytes: bool = True, foreign: bool = False) -> Any:
    """Read a pickle of plain data.

    Args:
        path: the file.
        load_bytes: False leaves large bytes objects in the file, as `SkippedBytes`.
        foreign: also understand NumPy's array pickles; arrays come as `ForeignArray`.

    Raises:
        ModelFileError: the file is damaged, or holds anything but data; nothing was run.
        OSError: it can't be opened.
    """
    if path == STANDARD_STREAM:
        raise ModelFileError("-: standard input can't be it, for it is read more than once: write it to a file first")
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):  # opening a pipe would wait for its writer
        cure = ": write it to one first, for it is read more than once" if stat.S_ISFIFO(mode) else ""
        raise ModelFileError(f"{path}: it is {kind_of_file(mode)}, and not a regular file{cure}")
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        if file.read(1) != b"\x80":  # what every pickle of protocol 2 or later begins with
            raise ModelFileError(f"{path}: it is not a model file (nor any pickle of data); it was not loaded")
        file.seek(0)
        try:
            return _Interpreter(file, size, load_bytes=load_bytes, foreign=foreign).run()
        except ModelFileError as error:
            raise ModelFileError(f"{path}: {error}; it was not loaded") from None
