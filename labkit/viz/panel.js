// A row of buttons; each press is carried out in Python, which answers with a sentence and the
// new state.  While one is under way the others wait.
function render({ model, el }) {
  const words = model.get("words");
  const box = document.createElement("div");
  box.className = "labkit-panel";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", model.get("title"));
  // In command mode JupyterLab takes keys for itself; inside this box they are ours.
  box.setAttribute("data-lm-suppress-shortcuts", "true");
  box.addEventListener("keydown", (event) => event.stopPropagation());
  const title = document.createElement("p");
  title.className = "labkit-title";
  title.textContent = model.get("title");
  const row = document.createElement("div");
  row.className = "labkit-buttons";
  const buttons = model.get("labels").map((label, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => {
      if (model.get("busy")) return;
      model.set("pressed", [model.get("pressed")[0] + 1, i]);
      model.save_changes();
    });
    row.append(button);
    return button;
  });
  const said = document.createElement("p");
  said.className = "labkit-outcome";
  said.setAttribute("aria-live", "polite");
  const view = document.createElement("pre");
  view.tabIndex = 0;
  view.setAttribute("role", "region");
  view.setAttribute("aria-label", words.state);
  const draw = () => {
    const busy = model.get("busy");
    // Not "disabled": the button that was pressed keeps the focus.
    buttons.forEach((button) => button.setAttribute("aria-disabled", String(busy)));
    said.textContent = busy ? words.busy : model.get("said");
    view.textContent = model.get("state");
  };
  model.on("change:busy", draw);
  model.on("change:said", draw);
  model.on("change:state", draw);
  box.append(title, row, said, view);
  el.append(box);
  draw();
}
export default { render };
