"""What can go wrong with a cluster, each in a line."""

__all__ = ["ClusterError", "ClusterLost"]


class ClusterError(RuntimeError):
    """A cluster cannot be used: nothing was begun."""


class ClusterLost(ClusterError):
    """A cluster was lost on the way, or is of no use any more: what came back before is good."""
