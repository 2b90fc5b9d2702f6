// A manifest to edit; Python answers with the rules that come and go.
function render({ model, el }) {
  const words = model.get("words");
  const box = frame(model, "lk-rulebook lk-draft");
  const send = (name, value) => { model.set(name, value); model.save_changes(); };
  let timer = null;
  const area = make("textarea", { rows: 16, spellcheck: "false", class: "lk-code", "aria-label": words.manifest,
    oninput: () => { clearTimeout(timer); timer = setTimeout(() => send("manifest", area.value), 300); } });
  area.value = model.get("manifest");
  const tried = picker(words.try, model.get("examples").map(([name], i) => [String(i), name]), "0", (i) => {
    area.value = model.get("examples")[Number(i)][1];
    send("manifest", area.value);
  });
  const pods = slider(words.endpoints, 0, model.get("most"), model.get("endpoints"), (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => { model.set("manifest", area.value); send("endpoints", value); }, 60);
  });
  const mode = picker(words.mode, model.get("modes"), model.get("mode"), (value) => send("mode", value));
  const base = make("button", { type: "button", text: words.base, onclick: () => send("rebased", model.get("rebased") + 1) });
  const wrong = make("p", { class: "lk-wrong", role: "alert" });
  const said = make("p", { class: "lk-said", "aria-live": "polite" });
  const why = make("p", { class: "lk-why", text: words.point });
  const list = make("ol", { class: "lk-rules" });
  const all = make("details", {});
  const draw = () => {
    const rows = model.get("rows");
    list.replaceChildren(...rows.map((row) => {
      const explain = () => { why.textContent = `${row.change}: ${row.why}`; };
      return make("li", {}, make("button", { type: "button", class: `lk-line lk-${row.kind}`, "aria-label": `${row.change}: ${row.text}. ${row.why}`,
        onfocus: explain, onmousemove: explain, onclick: explain },
        make("code", { text: `${row.sign} ${row.text}` })));
    }));
    all.replaceChildren(make("summary", { text: words.table }),
      table(model.get("heads"), rows.map((row) => [row.change, row.text, row.why])));
  };
  const tell = () => {
    wrong.textContent = model.get("wrong");
    wrong.hidden = !model.get("wrong");
    area.setAttribute("aria-invalid", String(!!model.get("wrong")));
    said.textContent = model.get("wrong") ? "" : model.get("said");
    list.classList.toggle("lk-stale", !!model.get("wrong"));
  };
  model.on("change:rows", draw);
  for (const name of ["said", "wrong"]) model.on("change:" + name, tell);
  box.append(make("p", { class: "lk-title", text: model.get("title") }), make("div", { class: "lk-bar" }, tried.row, mode.row),
    area, make("div", { class: "lk-bar" }, pods.row, base), wrong, said,
    make("p", { class: "lk-note", text: words.rules }), why, list, all);
  el.append(box);
  draw();
  tell();
}
export default { render };
