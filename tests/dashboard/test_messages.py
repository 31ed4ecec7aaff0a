"""Messages that no page sends are found before anything is done for them."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.dashboard.server.web import A_SECOND, AT_ONCE, LARGEST, MOST_JSON, Pace, is_sound


def _message(kind="comm_msg", **content):
    return {
        "header": {"msg_type": kind, "msg_id": "1"},
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "content": {"comm_id": "abc", "data": {"method": "update", "state": {}}, **content},
    }


def _binary(*parts, count=None, starts=None):
    count = len(parts) if count is None else count
    found, at = [], 4 * (len(parts) + 1)
    for part in parts:
        found.append(at)
        at += len(part)
    starts = found if starts is None else starts
    return struct.pack(f"!I{len(starts)}I", count, *starts) + b"".join(parts)


SOUND = json.dumps(_message()).encode()


def test_what_a_page_sends_is_sound():
    assert is_sound(SOUND.decode())
    assert is_sound(_binary(SOUND))
    assert is_sound(_binary(SOUND, b"a part of a file", b""))
    for kind in ("comm_info_request", "kernel_info_request", "comm_close"):
        assert is_sound(json.dumps(_message(kind)))
    for target in ("solara.control", "jupyter.widget.control"):
        assert is_sound(json.dumps(_message("comm_open", target_name=target)))


@pytest.mark.parametrize(
    "frame",
    [
        b"\x7f\xff\xff\xff",  # two thousand million parts
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x00",
        b"",
        b"\x00\x00",
        struct.pack("!I", 1),  # and no place of it
        _binary(SOUND, count=2),
        _binary(SOUND, starts=[0]),
        _binary(SOUND, starts=[2**32 - 1]),
        _binary(SOUND, b"x", starts=[12, 11]),
        _binary(SOUND, b"x", starts=[12, 10**6]),
        _binary(*[SOUND] * 17),
        _binary(b"\xff\xfe"),
        _binary(b""),
        _binary(SOUND, b"x" * LARGEST),
    ],
)
def test_a_frame_whose_parts_are_not_where_it_says_is_not(frame):
    assert not is_sound(frame)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "{" * 10,
        "[" * 200_000,
        "1" * 5000,
        '{"header": 1, "content": {}}',
        json.dumps({**_message(), "header": {}}),
        json.dumps({**_message(), "header": {"msg_type": []}}),
        json.dumps({**_message(), "channel": "others"}),
        json.dumps({**_message(), "parent_header": 1}),
        json.dumps({**_message(), "content": []}),
        json.dumps(_message("execute_request", code="1")),
        json.dumps(_message("comm_open", target_name="jupyter.widget")),
        json.dumps(_message("comm_open")),
        json.dumps(_message(comm_id=["abc"])),
        json.dumps(_message(comm_id="a" * 1000)),
        json.dumps(_message(data="update")),
        json.dumps(_message(data={"x": "x" * MOST_JSON})),
    ],
)
def test_a_text_that_is_no_message_of_a_page_is_not(text):
    assert not is_sound(text)
    assert not is_sound(_binary(text.encode()))


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_whatever_comes_is_judged_and_never_believed(message):
    assert is_sound(message) is False


@given(st.binary(max_size=40), st.integers(0, 60), st.integers(0, 255))
def test_one_wrong_byte_is_never_an_error(part, at, byte):
    frame = bytearray(_binary(SOUND, part))
    frame[min(at, len(frame) - 1)] = byte
    assert is_sound(bytes(frame)) in (True, False)


def test_a_page_that_floods_waits_and_one_that_begins_does_not():
    pace = Pace()
    assert not any(pace.wait(5.0) for _ in range(AT_ONCE))
    now, waited = 5.0, 0.0
    for _ in range(10 * A_SECOND):
        waited = pace.wait(now)
        now += waited
    assert now - 5.0 == pytest.approx(10.0)
    assert pace.wait(now + 1.0) == 0.0
