// A timeline: Python draws it; here a cursor steps from event to event.
function render({ model, el }) {
  const words = model.get("words");
  const frames = model.get("frames");
  const box = frame(model, "lk-timeline");
  const map = make("div", {});
  easel(map)(model.get("drawing"));
  const drawing = map.querySelector("svg");
  const cursor = document.createElementNS("http://www.w3.org/2000/svg", "path");
  cursor.setAttribute("d", `M0 26V${drawing.viewBox.baseVal.height - 64}`);
  for (const [key, value] of [["stroke", "var(--lk-accent)"], ["stroke-width", 3], ["data-token", ""]]) cursor.setAttribute(key, value);
  const what = make("p", { class: "lk-title" });
  const cells = make("div", {});
  const spoken = voice();
  el.append(box);
  if (!frames.length) { box.append(map); return; }
  drawing.append(cursor);
  const steps = player(model, box, words, frames.length - 1, 1.5);
  const items = frames.map((one, i) => make("li", {}, make("button", { type: "button", style: "text-align:left",
    text: `${one.at} s: ${one.text}`, onclick: () => { steps.stop(); steps.go(i); } })));
  const draw = () => {
    const now = frames[model.get("step")];
    cursor.style.transform = `translate(${now.x}px, 0)`;
    what.textContent = `${now.at} s: ${now.text}`;
    cells.replaceChildren(table([words.lane, words.state], now.lanes, words.now));
    items.forEach((item, i) => {
      if (i === model.get("step")) item.firstChild.setAttribute("aria-current", "step");
      else item.firstChild.removeAttribute("aria-current");
    });
    spoken.say(what.textContent);
  };
  model.on("change:step", draw);
  box.append(steps.row, make("p", { class: "lk-note", text: words.keys }), map, what, cells,
    make("details", {}, make("summary", { text: words.all }), make("ol", {}, ...items)), spoken.place);
  draw();
}
export default { render };
