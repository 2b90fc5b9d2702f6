// Bars that grow: every change of the drawing comes from Python, at most 25 a second.
function render({ model, el }) {
  const box = frame(model, "lk-live");
  const drawing = make("div", {});
  const put = easel(drawing);
  const cells = make("pre", {});
  const spoken = voice();
  const draw = () => { put(model.get("drawing")); };
  const tell = () => { cells.textContent = model.get("table"); spoken.say(model.get("said")); };
  model.on("change:drawing", draw);
  model.on("change:table", tell);
  model.on("change:said", tell);
  box.append(make("p", { class: "lk-title", text: model.get("title") }), drawing, cells, spoken.place);
  el.append(box);
  draw();
  tell();
}
export default { render };
