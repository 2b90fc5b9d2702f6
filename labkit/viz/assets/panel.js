// A row of buttons; each press is carried out in Python, which answers with a sentence and the
// new state.  While one is under way the others wait.
function render({ model, el }) {
  const words = model.get("words");
  const box = frame(model, "lk-panel");
  const buttons = model.get("labels").map((text, i) => make("button", { type: "button", text, onclick: () => {
    if (model.get("busy")) return;
    model.set("pressed", [model.get("pressed")[0] + 1, i]);
    model.save_changes();
  } }));
  const said = make("p", { class: "lk-said", "aria-live": "polite" });
  const view = make("pre", { tabindex: "0", role: "region", "aria-label": words.state });
  const draw = () => {
    const busy = model.get("busy");
    // Not "disabled": the button that was pressed keeps the focus.
    buttons.forEach((button) => button.setAttribute("aria-disabled", String(busy)));
    said.textContent = busy ? words.busy : model.get("said");
    view.textContent = model.get("state");
  };
  for (const name of ["busy", "said", "state"]) model.on("change:" + name, draw);
  box.append(make("p", { class: "lk-title", text: model.get("title") }),
    make("div", { class: "lk-bar" }, ...buttons), said, view);
  el.append(box);
  draw();
}
export default { render };
