"""Work on many items in other processes, in order, with a bounded number of them in memory."""

import itertools
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

_AT_ONCE = 64
"""Items that a process gets at once."""


def in_order(
    function: Callable[[In], Out], items: Iterable[In], *, workers: int = 1
) -> Iterator[Out]:
    """``map(function, items)``, on several processors.

    Never more than a few hundred items are read ahead, whoever is slower.

    Args:
      function: of a module, as other processes must find it.
      items: are taken one by one, here.
      workers: processes; with 1 the work is done in this one.

    Yields:
      Results, in order.

    Raises:
      ValueError: ``workers`` is less than 1.

    Example:
      >>> list(in_order(abs, range(-3, 0)))
      [3, 2, 1]
    """
    if workers < 1:
        raise ValueError(f"there must be at least 1 worker, not {workers}")
    if workers == 1:
        yield from map(function, items)
        return
    source = iter(items)
    pieces = iter(lambda: list(itertools.islice(source, _AT_ONCE)), [])
    context = multiprocessing.get_context("spawn")  # forking a process that has threads can hang
    waiting: deque[Future[list[Any]]] = deque()
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for piece in pieces:
            waiting.append(pool.submit(_each, function, piece))
            if len(waiting) > 2 * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _each(function: Callable[[In], Out], piece: list[In]) -> list[Out]:
    return [function(item) for item in piece]
