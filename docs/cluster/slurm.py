"""Start dask workers as SLURM jobs, sweep on them, and let them go.

    pip install 'crisis_abm[cluster]'
    python slurm.py my_experiment.toml runs/mine

The jobs need the same environment as this process: the sweep refuses workers whose versions differ.
"""

import subprocess
import sys

from dask_jobqueue import SLURMCluster


def main() -> int:
    """Sweep an experiment on up to 20 jobs of 16 processes."""
    experiment, out = sys.argv[1:3]
    cluster = SLURMCluster(
        cores=16,
        processes=16,  # one thread each: a run is one thread's work
        memory="32GB",
        walltime="02:00:00",
    )
    cluster.adapt(minimum_jobs=1, maximum_jobs=20)
    try:
        command = ["crisis-abm", "sweep", experiment, "--out", out]
        return subprocess.call([*command, "--scheduler", cluster.scheduler_address])
    finally:
        cluster.close()


if __name__ == "__main__":
    sys.exit(main())
