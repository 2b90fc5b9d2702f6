"""The first widget: replicas and requests to sliders, the simulated balance beside the exact one.

An anywidget with its own small JavaScript (no CDN): labelled native sliders, so keyboard and
screen readers work.  The numbers come from Python: kube-proxy's rules for that many replicas,
rendered to text, parsed again, and asked twice (exactly, and by simulation).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from labkit.model.balance import Balance
from labkit.viz.balance import balance_alt, balance_text
from labkit.viz.bars import bars_svg
from labkit.viz.labels import label

MAX_REPLICAS = 8
MAX_REQUESTS = 2000

_ESM = """
function slider(model, name, text, max, step, min) {
  const row = document.createElement("label");
  row.className = "labkit-row";
  const words = document.createElement("span");
  words.textContent = text;
  const input = document.createElement("input");
  input.type = "range";
  input.min = min; input.max = max; input.step = step;
  input.value = model.get(name);
  const out = document.createElement("output");
  out.textContent = input.value;
  let timer = null;
  input.addEventListener("input", () => {
    out.textContent = input.value;
    clearTimeout(timer);
    timer = setTimeout(() => { model.set(name, Number(input.value)); model.save_changes(); }, 60);
  });
  model.on("change:" + name, () => {
    input.value = model.get(name); out.textContent = input.value;
  });
  row.append(words, input, out);
  return row;
}
function render({ model, el }) {
  const box = document.createElement("div");
  box.className = "labkit-explorer";
  box.setAttribute("role", "group");
  // In command mode JupyterLab takes arrow keys and Enter for itself, by its key map and by the
  // notebook; inside this box they belong to sliders and button.
  box.setAttribute("data-lm-suppress-shortcuts", "true");
  box.addEventListener("keydown", (event) => event.stopPropagation());
  box.setAttribute("aria-label", model.get("title"));
  const words = model.get("words");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.again;
  button.addEventListener("click", () => {
    model.set("seed", model.get("seed") + 1); model.save_changes();
  });
  const drawing = document.createElement("div");
  const legend = document.createElement("p");
  legend.className = "labkit-legend";
  legend.textContent = words.legend;
  const table = document.createElement("pre");
  const spoken = document.createElement("p");
  spoken.setAttribute("aria-live", "polite");
  spoken.className = "labkit-spoken";
  let timer = null;
  const draw = () => {
    drawing.innerHTML = model.get("svg");
    table.textContent = model.get("table");
    clearTimeout(timer);
    timer = setTimeout(() => { spoken.textContent = model.get("alt"); }, 600);
  };
  model.on("change:svg", draw);
  box.append(
    slider(model, "replicas", words.replicas, words.max_replicas, 1, 1),
    slider(model, "requests", words.requests, words.max_requests, 10, 10),
    button, drawing, legend, table, spoken);
  el.append(box);
  draw();
}
export default { render };
"""

_CSS = """
.labkit-explorer { max-width: 660px; padding: 8px 0; }
.labkit-row { display: flex; gap: 12px; align-items: center; margin: 4px 0; }
.labkit-row span { min-width: 7em; }
.labkit-row input { flex: 1; }
.labkit-row output { min-width: 4em; text-align: right; font-variant-numeric: tabular-nums; }
.labkit-explorer button { margin: 6px 0; padding: 4px 12px; font: inherit; }
.labkit-legend { font-size: 12px; margin: 4px 0; }
.labkit-explorer pre { font-size: 12px; overflow-x: auto; }
.labkit-spoken { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
"""


class BalanceExplorer(anywidget.AnyWidget):
    """Sliders ``replicas`` (1-8) and ``requests`` (10-2000), a button for another draw.

    ``measure(replicas, requests, seed)`` gives the ``Balance`` to draw; traits ``svg``, ``alt``
    and ``table`` hold what is shown.
    """

    _esm = _ESM
    _css = _CSS
    replicas = traitlets.Int(2).tag(sync=True)
    requests = traitlets.Int(200).tag(sync=True)
    seed = traitlets.Int(1).tag(sync=True)
    svg = traitlets.Unicode("").tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    table = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Dict({}).tag(sync=True)

    def __init__(
        self,
        measure: Callable[[int, int, int], Balance],
        lang: str = "es",
        *,
        replicas: int = 2,
        requests: int = 200,
        seed: int = 1,
    ) -> None:
        self._measure = measure
        self._lang = lang
        words = {
            "replicas": label("replicas", lang),
            "requests": label("requests", lang),
            "again": label("again", lang),
            "legend": label("legend", lang),
            "max_replicas": MAX_REPLICAS,
            "max_requests": MAX_REQUESTS,
        }
        super().__init__(
            replicas=replicas,
            requests=requests,
            seed=seed,
            words=words,
            title=label("explorer", lang),
        )
        self._refresh()
        self.observe(self._refresh, names=["replicas", "requests", "seed"])

    def _refresh(self, change: object = None) -> None:
        balance = self.balance()
        self.alt = balance_alt(balance, self._lang)
        self.table = balance_text(balance, self._lang)
        self.svg = bars_svg(balance, self._lang, alt=self.alt)

    def balance(self) -> Balance:
        """What is shown now."""
        replicas = min(max(self.replicas, 1), MAX_REPLICAS)
        requests = min(max(self.requests, 1), MAX_REQUESTS)
        return self._measure(replicas, requests, self.seed)

    def __repr__(self) -> str:
        return (
            f"<BalanceExplorer replicas={self.replicas} requests={self.requests} seed={self.seed}>"
        )

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live widget, and beside it a still and the numbers for places without widgets."""
        made = super()._repr_mimebundle_(**options)
        if made is None:
            return None
        data, metadata = made
        still = bars_svg(self.balance(), self._lang, alt=self.alt, still=True)
        plain = f"{label('explorer', self._lang)}\n{self.alt}\n\n{self.table}"
        return {**data, "text/plain": plain, "image/svg+xml": still}, metadata
