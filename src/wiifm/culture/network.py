"""What the net of help looks like, by networkx (extra ``culture``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from attrs import frozen

from wiifm.culture.figures import Figure, around, by_configuration, plain
from wiifm.culture.tally import Pair

try:
    import networkx as nx
except ImportError as missing_extra:
    raise ImportError(
        "the culture report needs networkx; install the extra: pip install 'wiifm[culture]'"
    ) from missing_extra


@frozen
class Mixing:
    """How much stays within units: the flows between them, the share within, and what it would be by how much each gives and gets."""

    flows: Mapping[Pair, int]
    count: int
    within: float | None
    by_activity: Figure


def mixing(pairs: Mapping[Pair, int], units: Mapping[str, str]) -> Mixing:
    """How flows between persons mix units; whoever has none is left out.

    The expectation is the configuration model's (Newman 2003, directed: Leicht and Newman 2008): modularity is the share within less it.

    >>> found = mixing({("a", "b"): 3, ("a", "c"): 1}, {"a": "X", "b": "X", "c": "Y"})
    >>> found.within, found.by_activity
    (0.75, Figure(value=0.75, n=4, low=0.75, high=0.75, withheld=''))
    """
    flows: Counter[Pair] = Counter()
    for (giver, receiver), times in pairs.items():
        if giver in units and receiver in units:
            flows[units[giver], units[receiver]] += times
    count = sum(flows.values())
    if not count:
        return Mixing(flows, 0, None, plain(None, 0))
    graph = nx.DiGraph()
    graph.add_weighted_edges_from((a, b, times) for (a, b), times in sorted(flows.items()))
    parts = [{unit} for unit in graph]
    within = sum(times for (a, b), times in flows.items() if a == b) / count
    gives, gets = Counter[str](), Counter[str]()
    for (a, b), times in flows.items():
        gives[a] += times
        gets[b] += times
    mean = within - nx.community.modularity(graph, parts)
    return Mixing(flows, count, within, around(mean, by_configuration(gives, gets), count))


@frozen
class Shape:
    """The net of help: its persons, those in its largest part that hangs together, and how many ties go both ways."""

    persons: int
    largest: int
    ties: int
    reciprocity: float | None


def shape(pairs: Collection[Pair]) -> Shape:
    """The shape of a net (reciprocity: Wasserman and Faust 1994).

    >>> shape([("a", "b"), ("b", "a"), ("c", "d")])
    Shape(persons=4, largest=2, ties=3, reciprocity=0.6666666666666666)
    """
    graph = nx.DiGraph()
    graph.add_edges_from(pairs)
    if not graph:
        return Shape(0, 0, 0, None)
    largest = max(map(len, nx.weakly_connected_components(graph)))
    ties, either_way = graph.number_of_edges(), nx.Graph()
    either_way.add_edges_from(
        pairs
    )  # as overall_reciprocity does it, which copies what edges carry
    both_ways = 2 * (ties - either_way.number_of_edges())
    return Shape(len(graph), largest, ties, both_ways / ties)
