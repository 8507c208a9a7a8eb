"""Blocks of text set on A4: the one module that speaks reportlab."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

INK = HexColor("#1b1f24")
QUIET = HexColor("#5b6470")
RULE = HexColor("#c9ced6")
GROUND = HexColor("#f3f5f7")
SIDE = 22 * mm
TOP = 20 * mm
BOTTOM = 20 * mm
WIDTH = A4[0] - 2 * SIDE
FONTS = (
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"),
    ("/usr/share/fonts/dejavu/DejaVuSans.ttf", "/usr/share/fonts/dejavu/DejaVuSans-Bold.ttf"),
    ("/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf"),
    (
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
    ),
    ("Vera.ttf", "VeraBd.ttf"),
)
"""The first pair that is there; the last comes with reportlab and has Western letters only."""
MISSING = "\N{WHITE SQUARE}"
LACKS = f"Letters that the font of this machine does not have are shown as {MISSING}; the JSON export has them all."


@dataclass(frozen=True, slots=True)
class Title:
    """The head of the first page."""

    text: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """Begins a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; blank lines part it."""

    text: str
    is_quiet: bool = False
    size: float = 9.5


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names with what they stand for."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a head."""

    head: Sequence[str]
    widths: Sequence[float]
    """Shares of the line, together 1."""
    rows: Sequence[Sequence[str]]
    bold: int = -1
    """Column that is to be read first."""


@dataclass(frozen=True, slots=True)
class Space:
    """Empty room, in millimetres."""

    height_mm: float


Block = Title | Heading | Text | Pairs | Grid | Space


def render(blocks: Iterable[Block], *, title: str, author: str, footer: str) -> bytes:
    """Return a PDF; the same blocks give the same bytes."""
    face = _Face()
    flowables = [flowable for block in blocks for flowable in _flow(block, face)]
    if face.lacked:
        flowables += _flow(Text(LACKS, is_quiet=True), face)
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        leftMargin=SIDE,
        rightMargin=SIDE,
        topMargin=TOP,
        bottomMargin=BOTTOM,
        title=title,
        author=author,
        lang="en",
        invariant=1,
    )
    frame = Frame(SIDE, BOTTOM, WIDTH, A4[1] - TOP - BOTTOM, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    document.addPageTemplates([PageTemplate(id="page", frames=[frame])])
    document.build(flowables, canvasmaker=partial(_Numbered, footer=face.clean(footer), font=face.regular))
    return out.getvalue()


class _Face:
    """The fonts of one document, and whether they lack letters."""

    def __init__(self) -> None:
        self.lacked = False
        regular, bold = _register()
        self.regular, self.bold = regular.fontName, bold.fontName
        self._letters = regular.face.charToGlyph

    def clean(self, text: str) -> str:
        """Return text whose every letter can be printed."""
        known = [letter if ord(letter) in self._letters or letter in "\n\t" else MISSING for letter in text]
        cleaned = "".join(known)
        self.lacked = self.lacked or cleaned != text
        return cleaned if ord(MISSING) in self._letters else cleaned.replace(MISSING, "?")

    def style(
        self, size: float, *, bold: bool = False, colour: Color = INK, after: float = 0, before: float = 0
    ) -> ParagraphStyle:
        """Return a style; long words break rather than leave the page."""
        return ParagraphStyle(
            name="",
            fontName=self.bold if bold else self.regular,
            fontSize=size,
            leading=size * 1.4,
            textColor=colour,
            alignment=TA_LEFT,
            spaceAfter=after,
            spaceBefore=before,
            splitLongWords=1,
        )

    def paragraph(self, text: str, style: ParagraphStyle) -> Paragraph:
        """Return plain text as a paragraph."""
        return Paragraph(escape(self.clean(text), quote=False).replace("\n", "<br/>"), style)


def _register() -> tuple[TTFont, TTFont]:
    for regular, bold in FONTS:
        if regular.startswith("/") and not (Path(regular).is_file() and Path(bold).is_file()):
            continue
        try:
            pair = TTFont("callguard", regular), TTFont("callguard-bold", bold)
        except TTFError:
            continue
        for font in pair:
            pdfmetrics.registerFont(font)
        return pair
    raise AssertionError("reportlab comes with the last pair")


def _flow(block: Block, face: _Face) -> list[Flowable]:
    match block:
        case Title(text, below):
            head: list[Flowable] = [face.paragraph(text, face.style(18, bold=True, after=2))]
            return [*head, face.paragraph(below, face.style(9.5, colour=QUIET, after=10))]
        case Heading(text):
            # A heading at the foot of a page, without what it heads, is of no use.
            return [CondPageBreak(30 * mm), face.paragraph(text, face.style(11.5, bold=True, before=12, after=4))]
        case Text(text, is_quiet, size):
            style = face.style(8.5, colour=QUIET, before=5, after=4) if is_quiet else face.style(size, after=0.7 * size)
            return [face.paragraph(part, style) for part in text.split("\n\n") if part.strip()]
        case Pairs(rows):
            return [_pairs(rows, face)]
        case Grid():
            return [_grid(block, face)]
        case Space(height_mm):
            return [Spacer(1, height_mm * mm)]


def _pairs(rows: Sequence[tuple[str, str]], face: _Face) -> Flowable:
    name, value = face.style(9, colour=QUIET), face.style(9.5)
    cells = [[face.paragraph(left, name), face.paragraph(right or "–", value)] for left, right in rows]
    table = Table(cells, colWidths=[WIDTH * 0.26, WIDTH * 0.74], hAlign="LEFT", splitInRow=1)
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE), *_padding(left=0)])
    return table


def _grid(grid: Grid, face: _Face) -> Flowable:
    head, cell, strong = face.style(8, bold=True, colour=QUIET), face.style(9), face.style(9, bold=True)
    cells: list[list[Any]] = [[face.paragraph(text, head) for text in grid.head]]
    cells += [
        [face.paragraph(text, strong if place == grid.bold else cell) for place, text in enumerate(row)] for row in grid.rows
    ]
    widths = [WIDTH * share for share in grid.widths]
    table = Table(cells, colWidths=widths, repeatRows=1, hAlign="LEFT", splitInRow=1)
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), GROUND),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            *_padding(left=4),
        ]
    )
    return table if len(grid.rows) > 3 else KeepTogether([table])


def _padding(*, left: float) -> list[tuple[Any, ...]]:
    sides = {"LEFTPADDING": left, "RIGHTPADDING": 4, "TOPPADDING": 3, "BOTTOMPADDING": 4}
    return [(side, (0, 0), (-1, -1), points) for side, points in sides.items()]


class _Numbered(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Writes «page 2 of 5» once it is known how many there are."""

    def __init__(self, *arguments: Any, footer: str, font: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._footer = footer
        self._footer_font = font
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  # the library's name
        """Keep a page until all are there."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write all pages."""
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(self._footer_font, 7.5)
            self.setFillColor(QUIET)
            self.drawString(SIDE, 11 * mm, self._footer)
            self.drawRightString(A4[0] - SIDE, 11 * mm, f"Page {number} of {len(self._pages)}")
            super().showPage()
        super().save()
