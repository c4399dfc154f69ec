"""The long run of the fuzz targets, as by ``make fuzz``: says how much was tried, and every find with its seed."""

import tempfile
import time
import traceback
from pathlib import Path

import click
import fuzzing
from playing import Player
from stage import set_stage

FINDS_MOST = 20


@click.command()
@click.option("--inputs", default=1_000_000, help="How many inputs in all.")
@click.option("--target", "only", type=click.Choice(list(fuzzing.TARGETS)), help="One target alone.")
@click.option("--seed", type=int, help="One input alone.")
@click.option("--start", default=0, help="The first seed: another run tries other inputs.")
def main(inputs: int, only: str | None, seed: int | None, start: int) -> None:
    """Try inputs until all are done or too many things were found."""
    with tempfile.TemporaryDirectory() as folder:
        bot = set_stage(Path(folder))
        player = Player(bot)
        finds = 0
        for target, (_, share) in fuzzing.TARGETS.items():
            if only in (None, target):
                count = 1 if seed is not None else round(inputs * (1 if only else share))
                finds += _try(player, target, range(seed if seed is not None else start, (seed or start) + count))
        bot.store.close()
    raise SystemExit(1 if finds else 0)


def _try(player: Player, target: str, seeds: range) -> int:
    began, refused, finds = time.monotonic(), 0, 0
    for seed in seeds:
        try:
            refused += fuzzing.run(player, target, seed)
        except Exception:
            finds += 1
            click.echo(f"find: --target {target} --seed {seed}\n{traceback.format_exc(limit=-3)}", err=True)
            if finds >= FINDS_MOST:
                break
    span = time.monotonic() - began
    click.echo(f"{target}: {len(seeds):,} inputs, {refused:,} refused, {finds} finds, {span:.0f} s")
    return finds


if __name__ == "__main__":
    main()
