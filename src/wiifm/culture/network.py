"""The network of help, analysed with networkx (extra ``culture``)."""

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
    """How far flows stay within units: the flows between units, their number, the share within, and its expectation by activity."""

    flows: Mapping[Pair, int]
    count: int
    within: float | None
    by_activity: Figure


def mixing(pairs: Mapping[Pair, int], units: Mapping[str, str]) -> Mixing:
    """How flows between persons mix units. Persons without a unit are left out.

    The expectation is that of the configuration model (Newman 2003; directed: Leicht and Newman 2008): the share within units less the
    modularity.

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
    """The shape of the network of help: its persons, the size of its largest connected component, its ties, and the share of mutual ones."""

    persons: int
    largest: int
    ties: int
    reciprocity: float | None


def shape(pairs: Collection[Pair]) -> Shape:
    """The shape of a network (reciprocity: Wasserman and Faust 1994).

    >>> shape([("a", "b"), ("b", "a"), ("c", "d")])
    Shape(persons=4, largest=2, ties=3, reciprocity=0.6666666666666666)
    """
    graph = nx.DiGraph()
    graph.add_edges_from(pairs)
    if not graph:
        return Shape(0, 0, 0, None)
    largest = max(map(len, nx.weakly_connected_components(graph)))
    ties, either_way = graph.number_of_edges(), nx.Graph()
    # As nx.overall_reciprocity does it, without copying the data of edges.
    either_way.add_edges_from(pairs)
    both_ways = 2 * (ties - either_way.number_of_edges())
    return Shape(len(graph), largest, ties, both_ways / ties)
