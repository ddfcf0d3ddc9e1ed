from __future__ import annotations

import pytest

from trainwright.cli.tables import Cell, Column, fit, show_sections, show_table


def column(title: str, *texts: str, rank: int = 0) -> Column:
    return Column(title, [Cell(text) for text in texts], rank=rank)


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (100, ["id", "note", "more"]),
        (16, ["id", "note", "more"]),
        (15, ["id", "note"]),
        (10, ["id", "note"]),
        (9, ["id"]),
        (1, ["id"]),
    ],
)
def test_columns_give_way_by_rank(width: int, titles: list[str]) -> None:
    columns = [column("id", "12"), column("note", "abcdef", rank=1), column("more", "x", rank=2)]
    assert [kept.title for kept in fit(columns, width)] == titles


def test_empty_columns_are_left_out_unless_they_matter() -> None:
    columns = [column("id", ""), column("note", "", rank=1)]
    assert [kept.title for kept in fit(columns, 80)] == ["id"]


def test_wide_characters_take_two_cells() -> None:
    assert column("a", "東京").width == 4


def test_control_sequences_are_counted_as_they_are_shown() -> None:
    assert column("a", "\x1b[31m").width == len("\\x1b[31m")


def test_data_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([column("[b]title[/b]", "[red]x[/red]\x1b[2J", ":smile:", "a\nb")])
    assert capsys.readouterr().out.splitlines() == [
        "[b]title[/b]",
        "[red]x[/red]\\x1b[2J",
        ":smile:",
        "a\\nb",
    ]


def test_sections_keep_line_breaks_and_leave_out_empty_groups(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_sections(
        "Run [b]1",
        Cell("DONE"),
        {"": [("name", "[i]x[/i]")], "Nothing": [], "Text": [("lines", "a\n  b\x07\n")]},
    )
    assert capsys.readouterr().out.splitlines() == [
        "Run [b]1  DONE",
        "name            [i]x[/i]",
        "",
        "Text",
        "lines           a",
        "                  b\\x07",
    ]
