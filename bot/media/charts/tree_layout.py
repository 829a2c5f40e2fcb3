"""Where the cards of a family stand and how they are joined. Pure geometry; knows neither text nor pictures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

LONG_CHAIN = 6  # so many only children in a row run to the right instead of down

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Of a card and of the room around it, in pixels."""

    width: float
    height: float
    gap_x: float
    gap_y: float


@dataclass(frozen=True, slots=True)
class Box:
    """The upper left corner of a card."""

    x: float
    y: float


@dataclass(slots=True, kw_only=True)
class Plan:
    """Boxes in the order of the members, and lines from parents to children."""

    boxes: list[Box]
    lines: list[list[Point]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


@dataclass(slots=True)
class _Block:
    """A member with everything below it. `run`: itself and its line of only children, before the first fork."""

    run: list[int]
    kids: "list[_Block]"
    rows: "list[list[_Block]]" = field(default_factory=list)
    per_row: int = 1
    width: float = 0.0
    height: float = 0.0


def layout(parents: Sequence[int | None], sizes: Sizes) -> Plan:
    """Stand every member below its parent, in rows that are wider than the whole is high: families are sparse.

    `parents[i]` is smaller than `i`; several members without a parent stand side by side.
    """
    count = len(parents)
    most_width = max(4 * (sizes.width + sizes.gap_x), math.sqrt(4.0 * count * _room(sizes)))
    kids: list[list[_Block]] = [[] for _ in range(count)]
    roots: list[_Block] = []
    for i in reversed(range(count)):  # children first: no recursion, however deep the family is
        below = kids[i][::-1]
        if len(below) == 1:
            block = below[0]
            block.run.insert(0, i)
        else:
            for kid in below:
                _measure(kid, sizes, most_width)
            block = _Block([i], below)
        parent = parents[i]
        (roots if parent is None else kids[parent]).append(block)
    for root in roots:
        _measure(root, sizes, most_width)
    whole = _Block([], roots[::-1])
    _measure(whole, sizes, most_width)
    plan = Plan(boxes=[Box(0.0, 0.0)] * count, width=whole.width, height=whole.height)
    _place(whole, plan, sizes)
    return plan


def _room(sizes: Sizes) -> float:
    return (sizes.width + sizes.gap_x) * (sizes.height + sizes.gap_y)


def _measure(block: _Block, sizes: Sizes, most_width: float) -> None:
    """Pack the children into rows, and find out how much room all of it takes."""
    step = sizes.width + sizes.gap_x
    block.per_row = 1 if len(block.run) <= LONG_CHAIN else max(1, int(most_width // step))
    row_width, row = 0.0, list[_Block]()
    block.rows = [row]
    for kid in block.kids:
        if row and row_width + kid.width > most_width:
            row_width, row = 0.0, []
            block.rows.append(row)
        row.append(kid)
        row_width += kid.width + sizes.gap_x
    block.rows = [row for row in block.rows if row]
    widths = [sum(kid.width + sizes.gap_x for kid in row) - sizes.gap_x for row in block.rows]
    run_width = min(len(block.run), block.per_row) * step - sizes.gap_x
    block.width = max([run_width, *(width + _gutter(block, sizes) for width in widths)])
    block.height = _run_height(block, sizes)
    for row in block.rows:
        block.height += max(kid.height for kid in row) + (sizes.gap_y if block.height else 0.0)


def _gutter(block: _Block, sizes: Sizes) -> float:
    """Room on the left for the line that leads down to the second row of children."""
    return sizes.gap_x if len(block.rows) > 1 and block.run else 0.0


def _run_height(block: _Block, sizes: Sizes) -> float:
    rows = -(-len(block.run) // block.per_row)
    return rows * (sizes.height + sizes.gap_y) - sizes.gap_y if rows else 0.0


def _run_x(block: _Block, sizes: Sizes) -> float:
    return (block.width - sizes.width) / 2 if block.per_row == 1 else 0.0


def _head(block: _Block, sizes: Sizes) -> float:
    """The middle of the first card, from the block's left edge."""
    return _run_x(block, sizes) + sizes.width / 2


def _place(whole: _Block, plan: Plan, sizes: Sizes) -> None:
    waiting = [(whole, 0.0, 0.0)]
    while waiting:
        block, x, y = waiting.pop()
        last = _place_run(block, x, y, plan, sizes)
        top = y + _run_height(block, sizes)
        gutter = _gutter(block, sizes)
        trunk = x + gutter / 3
        first_bus = top + sizes.gap_y / 2
        for number, row in enumerate(block.rows):
            at, top = x + gutter, top + (sizes.gap_y if last is not None or number else 0.0)
            bus = top - sizes.gap_y / 2
            ends = [last[0] if number == 0 and last is not None else trunk]
            for kid in row:
                waiting.append((kid, at, top))
                ends.append(at + _head(kid, sizes))
                at += kid.width + sizes.gap_x
            if last is not None:
                plan.lines += [[(end, bus), (end, top)] for end in ends[1:]]
                plan.lines.append([(min(ends), bus), (max(ends), bus)])
                if number == 0:
                    plan.lines.append([last, (last[0], bus)])
                else:
                    plan.lines.append([(last[0], first_bus), (trunk, first_bus), (trunk, bus)])
            top += max(kid.height for kid in row)


def _place_run(block: _Block, x: float, y: float, plan: Plan, sizes: Sizes) -> Point | None:
    """Stand the cards of a run, joined; returns where the lines to the children begin."""
    left, before = x + _run_x(block, sizes), None
    for number, member in enumerate(block.run):
        row, column = divmod(number, block.per_row)
        box = Box(left + column * (sizes.width + sizes.gap_x), y + row * (sizes.height + sizes.gap_y))
        plan.boxes[member] = box
        if before is not None and column:
            middle = box.y + sizes.height / 2
            plan.lines.append([(before.x + sizes.width, middle), (box.x, middle)])
        elif before is not None:
            down, start = box.y - sizes.gap_y / 2, before.x + sizes.width / 2
            to = box.x + sizes.width / 2
            plan.lines.append([(start, before.y + sizes.height), (start, down), (to, down), (to, box.y)])
        before = box
    return None if before is None else (before.x + sizes.width / 2, before.y + sizes.height)
