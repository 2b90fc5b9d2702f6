// The packet's way: Python sends the map (SVG) and a frame for each step; here they are played.
function render({ model, el }) {
  const words = model.get("words");
  const frames = model.get("frames");
  const box = frame(model, "lk-way");
  const map = make("div", {});
  map.innerHTML = model.get("map");
  const drawing = map.querySelector("svg");
  const token = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  for (const [key, value] of [["r", 7], ["fill", "var(--lk-accent)"], ["stroke", "var(--lk-paper)"], ["stroke-width", 2], ["data-token", ""]])
    token.setAttribute(key, value);
  drawing.append(token);
  const steps = player(model, box, words, frames.length - 1);
  const place = make("p", { class: "lk-title" });
  const rule = make("code", { class: "lk-rule" });
  const what = make("p", { style: "margin:4px 0" });
  const reason = make("p", { class: "lk-note" });
  const header = make("div", {});
  const spoken = voice();
  const items = frames.map((one, i) => make("li", { style: `margin-left:${one.depth * 14}px` },
    make("button", { type: "button", style: "text-align:left;border-color:transparent;background:none",
      text: [one.place, one.title, one.said].filter(Boolean).join(" · "), onclick: () => { steps.stop(); steps.go(i); } })));
  const list = make("details", {}, make("summary", { text: words.all }), make("ol", {}, ...items));
  const draw = () => {
    const step = model.get("step");
    const now = frames[step];
    place.textContent = `${step + 1}. ${[now.place, now.title].filter(Boolean).join(" · ")}`;
    rule.textContent = now.rule;
    rule.hidden = !now.rule;
    what.textContent = now.said;
    reason.textContent = now.reason;
    reason.hidden = !now.reason;
    header.replaceChildren(table([words.field, words.before, words.after], now.header.map(
      ([name, before, after]) => [name, before,
        before === after ? after : { text: `◆ ${after} (${words.changed})`, class: "lk-changed" }]), words.header));
    for (const group of drawing.querySelectorAll("[data-stage]")) {
      const here = Number(group.dataset.stage) === now.stage;
      const pill = group.querySelector("rect");
      pill.setAttribute("fill", here ? "var(--lk-warm)" : "var(--lk-paper)");
      pill.setAttribute("stroke", here ? "var(--lk-accent)" : "var(--lk-line)");
      pill.setAttribute("stroke-width", here ? 2 : 1);
      if (here) {
        const dot = group.querySelector("circle");
        token.style.transform = `translate(${dot.getAttribute("cx")}px, ${dot.getAttribute("cy")}px)`;
      }
    }
    items.forEach((item, i) => {
      const button = item.firstChild;
      if (i === step) button.setAttribute("aria-current", "step"); else button.removeAttribute("aria-current");
    });
    const changes = now.header.filter(([, before, after]) => before !== after).map(([name, , after]) => `${name}: ${after}`);
    spoken.say([`${step + 1} / ${frames.length}`, now.place, now.title, now.said, ...changes].filter(Boolean).join(". "));
  };
  model.on("change:step", draw);
  box.append(make("p", { class: "lk-title", text: model.get("title") }), map,
    make("p", { class: "lk-note", text: `${words.legend} ${words.keys}` }), steps.row,
    place, rule, what, reason, header, list, spoken.place);
  el.append(box);
  draw();
}
export default { render };
