// Radio buttons for each choice, a button, and a table that grows with what was tried.
// All outcomes came with the widget: it goes on working when the kernel is gone.
function field(choice, number, group) {
  const set = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = choice.name;
  set.append(legend);
  choice.options.forEach((option, i) => {
    const row = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = `${group}-${number}`;
    input.value = option;
    input.checked = i === 0;
    row.append(input, document.createTextNode(" " + option));
    set.append(row);
  });
  return set;
}
function cell(kind, text) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (kind === "th") made.scope = "col";
  return made;
}
function render({ model, el }) {
  const choices = model.get("choices");
  const words = model.get("words");
  const outcomes = new Map(model.get("rows").map((row) => [row.slice(0, -1).join("\n"), row]));
  const group = "labkit-trials-" + Math.random().toString(36).slice(2);
  const box = document.createElement("div");
  box.className = "labkit-trials";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", model.get("title"));
  // In command mode JupyterLab takes keys for itself; inside this box they are ours.
  box.setAttribute("data-lm-suppress-shortcuts", "true");
  box.addEventListener("keydown", (event) => event.stopPropagation());
  const title = document.createElement("p");
  title.className = "labkit-title";
  title.textContent = model.get("title");
  const fields = document.createElement("div");
  fields.className = "labkit-fields";
  choices.forEach((choice, i) => fields.append(field(choice, i, group)));
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.try;
  const spoken = document.createElement("p");
  spoken.setAttribute("aria-live", "polite");
  spoken.className = "labkit-outcome";
  spoken.textContent = words.start;
  const table = document.createElement("table");
  const head = document.createElement("tr");
  choices.forEach((choice) => head.append(cell("th", choice.name)));
  head.append(cell("th", words.outcome));
  table.append(head);
  table.hidden = true;
  const seen = new Set();
  button.addEventListener("click", () => {
    const chosen = choices.map(
      (_, i) => box.querySelector(`input[name="${group}-${i}"]:checked`).value);
    const key = chosen.join("\n");
    const row = outcomes.get(key);
    spoken.textContent = row[row.length - 1];
    if (seen.has(key)) return;
    seen.add(key);
    const line = document.createElement("tr");
    row.forEach((text) => line.append(cell("td", text)));
    table.append(line);
    table.hidden = false;
    model.set("tried", seen.size);
    model.save_changes();
  });
  box.append(title, fields, button, spoken, table);
  el.append(box);
}
export default { render };
