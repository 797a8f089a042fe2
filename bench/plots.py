"""Draws what standard input describes; runs where matplotlib is installed, beside the peers."""

from __future__ import annotations

import json
import sys
from statistics import median

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "coursewire"  # the same figures make the same file
mpl.rcParams["svg.fonttype"] = "none"  # letters stay letters
mpl.rcParams["font.size"] = 9

import matplotlib.pyplot as plt  # noqa: E402 - after the choice of the back end

OURS, OTHERS, RUN = "#1f6f8b", "#b8b8b8", "#333333"

for picture in json.load(sys.stdin):
    panels = picture["panels"]
    rows = max(len(panel["runs"]) for panel in panels)
    figure, axes = plt.subplots(1, len(panels), figsize=(4.6 * len(panels), 0.8 + 0.42 * rows), squeeze=False)
    for axis, panel in zip(axes[0], panels, strict=True):
        names = list(panel["runs"])
        medians = [median(panel["runs"][name]) for name in names]
        colours = [OURS if name.startswith("Coursewire") or name == "two committers" else OTHERS for name in names]
        axis.barh(names, medians, color=colours)
        for position, name in enumerate(names):
            axis.plot(panel["runs"][name], [position] * len(panel["runs"][name]), "|", color=RUN, markersize=7)
            axis.annotate(f" {medians[position]:,.4g}", (max(panel["runs"][name]), position), va="center")
        axis.invert_yaxis()
        axis.margins(x=0.18)
        axis.set_title(panel["title"], fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
        axis.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.tick_params(axis="x", labelsize=7)
    figure.tight_layout()
    figure.savefig(picture["path"], metadata={"Date": None})
    plt.close(figure)
