// Sliders over replicas and requests, a choice of the rules, and a button for another draw.
function render({ model, el }) {
  const words = model.get("words");
  const box = frame(model, "labkit-explorer");
  const drawing = make("div", {});
  const put = easel(drawing);
  const cells = make("pre", {});
  const spoken = voice();
  const timers = {};
  const send = (name, value, wait = 60) => {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(() => { model.set(name, value); model.save_changes(); }, wait);
  };
  const replicas = slider(words.replicas, 1, words.max_replicas, model.get("replicas"), (value) => send("replicas", value));
  const requests = slider(words.requests, 10, words.max_requests, model.get("requests"), (value) => send("requests", value), 10);
  const modes = picker(words.mode, model.get("modes"), model.get("mode"), (value) => send("mode", value, 0));
  const again = make("button", { type: "button", text: words.again, onclick: () => send("seed", model.get("seed") + 1, 0) });
  const draw = () => {
    put(model.get("drawing"));
    cells.textContent = model.get("table");
    spoken.say(model.get("said"));
  };
  model.on("change:drawing", draw);
  model.on("change:replicas", () => replicas.set(model.get("replicas")));
  model.on("change:requests", () => requests.set(model.get("requests")));
  model.on("change:mode", () => { modes.select.value = model.get("mode"); });
  box.append(make("div", { class: "lk-bar" }, modes.row, again), make("div", { class: "lk-bar" }, replicas.row, requests.row),
    drawing, cells, spoken.place);
  el.append(box);
  draw();
}
export default { render };
