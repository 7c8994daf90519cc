"""What a run says while it goes on."""

from __future__ import annotations

import io
import math
import sys

import pytest

from jcm.output.progress import Progress, _duration


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_speed_and_time_left_leave_out_what_comes_before_the_first_update():
    clock = Clock()
    progress = Progress(1000, stream=io.StringIO(), clock=clock)
    clock.now += 500.0  # compilation
    progress.update(100, "1982-01-03")
    assert progress.simulated_years_per_day is None
    assert progress.seconds_left is None
    clock.now += 2.0
    progress.update(300, "1982-01-09")
    assert math.isclose(progress.simulated_years_per_day, 100.0 * 86400.0 / 13140.0)
    assert math.isclose(progress.seconds_left, 7.0)
    assert progress.line() == "1982-01-09  30.0 %  658 SYPD  7 s left"


def test_without_a_terminal_lines_are_rare_and_the_end_is_told():
    clock, stream = Clock(), io.StringIO()
    with Progress(7200, stream=stream, clock=clock) as progress:
        for second in range(1, 201):
            clock.now += 1.0
            progress.update(36 * second, f"day {second}")
    lines = stream.getvalue().splitlines()
    days = [line.split("  ")[0] for line in lines]
    assert days == ["day 10", "day 70", "day 130", "day 190", "day 200"]
    assert "100.0 %" in lines[-1]


def test_the_last_line_is_not_said_twice():
    clock, stream = Clock(), io.StringIO()
    with Progress(36, stream=stream, clock=clock) as progress:
        clock.now += 20.0
        progress.update(36, "day 1")
    assert stream.getvalue().count("day 1") == 1


def test_silence():
    for stream in (io.StringIO(), Terminal()):
        clock = Clock()
        with Progress(10, silent=True, stream=stream, clock=clock) as progress:
            clock.now += 1e4
            progress.update(10, "1982-01-03")
        assert stream.getvalue() == ""


def test_a_terminal_gets_a_bar_with_the_same_words():
    pytest.importorskip("rich")
    clock, stream = Clock(), Terminal()
    with Progress(72, stream=stream, clock=clock) as progress:
        for day in (1, 2):
            clock.now += 1.0
            progress.update(36 * day, f"1982-01-0{day + 1}")
    assert "1982-01-03" in stream.getvalue()
    assert "100.0 %" in stream.getvalue()


def test_a_terminal_without_rich_gets_lines(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.console", None)
    clock, stream = Clock(), Terminal()
    with Progress(36, stream=stream, clock=clock) as progress:
        progress.update(36, "1982-01-02")
    assert stream.getvalue() == "1982-01-02  100.0 %\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3600 * 2 + 65, "2 h 1 min"),
        (86400 * 3 + 7200, "3 d 2 h"),
    ],
)
def test_durations(seconds, text):
    assert _duration(seconds) == text
