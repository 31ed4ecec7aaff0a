"""A cluster of dask.distributed as one who can be given chunks.

It stands beside `runs.chunks` because it knows nothing of experiments: it deals out any `Work`.
"""

from crisis_abm.runs.cluster.connection import Cluster, connected
from crisis_abm.runs.cluster.errors import ClusterError, ClusterLost

__all__ = ["Cluster", "ClusterError", "ClusterLost", "connected"]
