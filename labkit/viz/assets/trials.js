// Radio buttons for each choice, a button, and a table that grows with what was tried.
// All outcomes came with the widget: it goes on working when the kernel is gone.
function render({ model, el }) {
  const choices = model.get("choices");
  const words = model.get("words");
  const outcomes = new Map(model.get("rows").map((row) => [row.slice(0, -1).join("\n"), row]));
  const group = "lk-trials-" + Math.random().toString(36).slice(2);
  const box = frame(model, "lk-trials");
  const fields = choices.map((choice, number) => make("fieldset", {}, make("legend", { text: choice.name }),
    ...choice.options.map((option, i) => make("label", {},
      make("input", { type: "radio", name: `${group}-${number}`, value: option, checked: i === 0 }), option))));
  const said = make("p", { class: "lk-said", "aria-live": "polite", text: words.start });
  const tried = make("div", {});
  const seen = new Map();
  const press = () => {
    const key = fields.map((one) => one.querySelector("input:checked").value).join("\n");
    const row = outcomes.get(key);
    said.textContent = row[row.length - 1];
    if (seen.has(key)) return;
    seen.set(key, row);
    tried.replaceChildren(table([...choices.map((one) => one.name), words.outcome], [...seen.values()]));
    model.set("tried", seen.size);
    model.save_changes();
  };
  box.append(make("p", { class: "lk-title", text: model.get("title") }),
    make("div", { class: "lk-fields" }, ...fields),
    make("button", { type: "button", text: words.try, onclick: press }), said, tried);
  el.append(box);
}
export default { render };
