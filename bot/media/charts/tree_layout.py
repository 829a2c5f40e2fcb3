"""Computes the positions of the cards of a family tree, and the lines between them. Stateless."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

LONG_CHAIN = 6  # a longer chain of only children runs to the right instead of down

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSize:
    """The size of a card and of the gaps around it, in pixels."""

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
class TreeLayout:
    """Boxes in the order of the cards, and lines from parents to children."""

    boxes: list[Box]
    lines: list[list[Point]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


@dataclass(slots=True)
class _Block:
    """A card with its descendants. `chain`: the card and its chain of only children, up to the first fork."""

    chain: list[int]
    children: "list[_Block]"
    rows: "list[list[_Block]]" = field(default_factory=list)
    per_row: int = 1
    width: float = 0.0
    height: float = 0.0


def compute_layout(parents: Sequence[int | None], card: CardSize) -> TreeLayout:
    """Place every card below its parent, in rows. The tree is wider than high, because families are sparse.

    `parents[i]` is less than `i`. Cards without a parent are side by side.
    """
    count = len(parents)
    max_width = max(4 * (card.width + card.gap_x), math.sqrt(4.0 * count * _area(card)))
    children: list[list[_Block]] = [[] for _ in range(count)]
    roots: list[_Block] = []
    for index in reversed(range(count)):  # children first, so that deep families need no recursion
        blocks = children[index][::-1]
        if len(blocks) == 1:
            block = blocks[0]
            block.chain.insert(0, index)
        else:
            for child in blocks:
                _measure(child, card, max_width)
            block = _Block([index], blocks)
        parent = parents[index]
        (roots if parent is None else children[parent]).append(block)
    for root in roots:
        _measure(root, card, max_width)
    forest = _Block([], roots[::-1])
    _measure(forest, card, max_width)
    tree = TreeLayout(boxes=[Box(0.0, 0.0)] * count, width=forest.width, height=forest.height)
    _place(forest, tree, card)
    return tree


def _area(card: CardSize) -> float:
    return (card.width + card.gap_x) * (card.height + card.gap_y)


def _measure(block: _Block, card: CardSize, max_width: float) -> None:
    """Pack the children into rows and compute the size of the block."""
    step = card.width + card.gap_x
    block.per_row = 1 if len(block.chain) <= LONG_CHAIN else max(1, int(max_width // step))
    row_width, row = 0.0, list[_Block]()
    block.rows = [row]
    for child in block.children:
        if row and row_width + child.width > max_width:
            row_width, row = 0.0, []
            block.rows.append(row)
        row.append(child)
        row_width += child.width + card.gap_x
    block.rows = [row for row in block.rows if row]
    widths = [sum(child.width + card.gap_x for child in row) - card.gap_x for row in block.rows]
    chain_width = min(len(block.chain), block.per_row) * step - card.gap_x
    block.width = max([chain_width, *(width + _gutter(block, card) for width in widths)])
    block.height = _chain_height(block, card)
    for row in block.rows:
        block.height += max(child.height for child in row) + (card.gap_y if block.height else 0.0)


def _gutter(block: _Block, card: CardSize) -> float:
    """Return the width on the left for the line that leads down to the second row of children."""
    return card.gap_x if len(block.rows) > 1 and block.chain else 0.0


def _chain_height(block: _Block, card: CardSize) -> float:
    rows = -(-len(block.chain) // block.per_row)
    return rows * (card.height + card.gap_y) - card.gap_y if rows else 0.0


def _chain_x(block: _Block, card: CardSize) -> float:
    return (block.width - card.width) / 2 if block.per_row == 1 else 0.0


def _first_card_center(block: _Block, card: CardSize) -> float:
    """Return the center of the first card, relative to the block's left edge."""
    return _chain_x(block, card) + card.width / 2


def _place(forest: _Block, tree: TreeLayout, card: CardSize) -> None:
    pending = [(forest, 0.0, 0.0)]
    while pending:
        block, x, y = pending.pop()
        start = _place_chain(block, x, y, tree, card)
        top = y + _chain_height(block, card)
        gutter = _gutter(block, card)
        trunk = x + gutter / 3
        first_bus = top + card.gap_y / 2
        for number, row in enumerate(block.rows):
            left, top = x + gutter, top + (card.gap_y if start is not None or number else 0.0)
            bus = top - card.gap_y / 2
            ends = [start[0] if number == 0 and start is not None else trunk]
            for child in row:
                pending.append((child, left, top))
                ends.append(left + _first_card_center(child, card))
                left += child.width + card.gap_x
            if start is not None:
                tree.lines += [[(end, bus), (end, top)] for end in ends[1:]]
                tree.lines.append([(min(ends), bus), (max(ends), bus)])
                if number == 0:
                    tree.lines.append([start, (start[0], bus)])
                else:
                    tree.lines.append([(start[0], first_bus), (trunk, first_bus), (trunk, bus)])
            top += max(child.height for child in row)


def _place_chain(block: _Block, x: float, y: float, tree: TreeLayout, card: CardSize) -> Point | None:
    """Place the cards of a chain and join them. Return where the lines to the children start."""
    left, previous = x + _chain_x(block, card), None
    for number, index in enumerate(block.chain):
        row, column = divmod(number, block.per_row)
        box = Box(left + column * (card.width + card.gap_x), y + row * (card.height + card.gap_y))
        tree.boxes[index] = box
        if previous is not None and column:
            middle = box.y + card.height / 2
            tree.lines.append([(previous.x + card.width, middle), (box.x, middle)])
        elif previous is not None:
            bus, start, end = box.y - card.gap_y / 2, previous.x + card.width / 2, box.x + card.width / 2
            tree.lines.append([(start, previous.y + card.height), (start, bus), (end, bus), (end, box.y)])
        previous = box
    return None if previous is None else (previous.x + card.width / 2, previous.y + card.height)
