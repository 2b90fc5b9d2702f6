// The tree of chances: Python draws; a slider for the Pods, a choice of the chain's kind.
function render({ model, el }) {
  const words = model.get("words");
  const box = frame(model, "lk-tree");
  const map = make("div", {});
  const cells = make("details", {});
  const spoken = voice();
  const send = (name, value) => { model.set(name, value); model.save_changes(); };
  let bar = null;
  let kinds = null;
  if (model.get("kinds").length) {
    let timer = null;
    bar = slider(words.pods, 1, words.most, model.get("pods"), (value) => {
      clearTimeout(timer);
      timer = setTimeout(() => send("pods", value), 40);
    });
    kinds = picker(words.kind, model.get("kinds"), model.get("kind"), (value) => send("kind", value));
  }
  const draw = () => {
    map.innerHTML = model.get("drawing");
    cells.replaceChildren(make("summary", { text: words.table }), table(model.get("heads"), model.get("rows")));
    if (bar) { bar.set(model.get("pods")); kinds.select.value = model.get("kind"); }
    spoken.say(model.get("said"));
  };
  model.on("change:drawing", draw);
  box.append(make("div", { class: "lk-bar" }, kinds && kinds.row, bar && bar.row), map, cells, spoken.place);
  el.append(box);
  draw();
}
export default { render };
