"""The curve of the first packet as a picture, and in one sentence."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from labkit.viz.figure import STYLE, svg_of
from labkit.viz.palette import LINE, ink

if TYPE_CHECKING:
    from bench.bench_firstpacket import Curve


def alt(curve: Curve) -> str:
    """What the picture shows."""
    legacy, nft = (curve.modelled(name) for name in ("iptables-legacy", "iptables-nft"))
    few, many = curve.iptables[0].services, curve.iptables[-1].services
    return (
        f"Time of a connection's first packet to the last of {few:,} to {many:,} Services: in "
        f"iptables mode it grows from {legacy[0][1] / 1e3:.1f} to {legacy[-1][1] / 1e3:.0f} "
        f"microseconds (iptables-legacy) and {nft[-1][1] / 1e3:.0f} (iptables-nft), in nftables "
        f"mode it stays at {curve.flat[-1][1] / 1e3:.1f}; what was measured on Linux lies on the "
        "lines."
    )


def draw(curve: Curve, png: bool = False) -> bytes:
    """SVG or PNG: lines for the model, hollow marks for what was measured."""
    import matplotlib
    from matplotlib.figure import Figure

    from bench.bench_firstpacket import MEASURED, RULE

    lines = {name: curve.modelled(name) for name in RULE}
    lines["nftables mode"] = curve.flat
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 4.8), layout="constrained")
        axes = figure.subplots()
        for number, (name, points) in enumerate(lines.items()):
            colour, _, marker = ink(number)
            style = ("-", "--", ":")[number]
            xs, ys = [s for s, _ in points], [ns / 1e3 for _, ns in points]
            axes.plot(xs, ys, color=colour, linewidth=2, linestyle=style, zorder=2)
            axes.plot(
                list(MEASURED[name]),
                [ns / 1e3 for ns in MEASURED[name].values()],
                color=colour, marker=marker, markersize=9, markerfacecolor="white",
                markeredgewidth=2, linestyle="none", zorder=3,
            )  # fmt: skip
            axes.annotate(
                name,
                (xs[-1], ys[-1]),
                xytext=(12, -4),
                textcoords="offset points",
                color=LINE,
                fontweight="bold",
            )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("Services")
        axes.set_ylabel("first packet, microseconds")
        axes.set_title(
            "To the last Service: lines modelled from the rules asked, marks measured on Linux",
            fontsize=10.5, loc="left",
        )  # fmt: skip
        axes.set_xlim(0.8, 400_000)  # room for the names
        axes.set_xticks([1, 10, 100, 1_000, 10_000, 30_000])
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.minorticks_off()
        axes.grid(visible=True, which="major", color="#DDDDDD", linewidth=0.8, zorder=0)
        if png:
            out = io.BytesIO()
            figure.savefig(out, format="png", dpi=120)
            return out.getvalue()
        return svg_of(figure, alt(curve)).encode("utf-8")
