"""The public directory of members: what each has released for everybody, and nothing else."""
