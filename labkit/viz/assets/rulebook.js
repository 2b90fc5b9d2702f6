// Rules explained where one points: mouse, focus and table say the same.
function render({ model, el }) {
  const words = model.get("words");
  const box = frame(model, "lk-rulebook");
  const title = make("p", { class: "lk-title" });
  const map = make("div", {});
  const note = make("p", { class: "lk-note" });
  const why = make("p", { class: "lk-why", text: words.point });
  const fields = make("div", { class: "lk-bar" });
  const list = make("ol", { class: "lk-rules" });
  const all = make("details", {});
  const answer = make("p", {});
  const way = make("pre", { tabindex: 0 });
  const spoken = voice();
  let buttons = [];
  let chips = [];
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const services = picker(words.service, [], "", (value) => set("service", value));
  const mark = (rules, names) => {
    buttons.forEach((one, i) => one.classList.toggle("lk-lit", rules.includes(i)));
    chips.forEach((one, i) => one.classList.toggle("lk-lit", names.includes(i)));
  };
  const explain = (row, i) => { why.textContent = row.why; mark([i], row.fields); };
  const draw = () => {
    const rows = model.get("rows");
    const path = (model.get("answer") || {}).path || [];
    title.textContent = model.get("title");
    box.setAttribute("aria-label", model.get("title"));
    map.innerHTML = model.get("drawing");
    note.textContent = model.get("said");
    services.select.replaceChildren(...model.get("services").map(([key, name]) => make("option", { value: key, text: name })));
    services.select.value = model.get("service");
    services.row.hidden = model.get("services").length < 2;
    buttons = rows.map((row, i) => {
      const id = "lk-why-" + Math.random().toString(36).slice(2);
      const step = path.indexOf(row.place);
      const sign = step >= 0 ? `▶ ${step + 1}. ` : "";
      const button = make("button", { type: "button", class: "lk-line", "aria-describedby": id, onfocus: () => explain(row, i),
        onmousemove: () => explain(row, i), onclick: () => explain(row, i) }, make("code", { text: sign + row.text }));
      if (step >= 0) button.classList.add("lk-onpath");
      return Object.assign(button, { hint: make("span", { id, hidden: true, text: row.why }) });
    });
    list.replaceChildren(...buttons.map((one) => make("li", {}, one, one.hint)));
    chips = model.get("fields").map(([name, value], i) => {
      const point = () => {
        const lit = rows.map((row, k) => (row.fields.includes(i) ? k : -1)).filter((k) => k >= 0);
        mark(lit, [i]);
        why.textContent = `${name}: ${value} → ${lit.map((k) => rows[k].place).join(", ") || "—"}`;
      };
      return make("button", { type: "button", onfocus: point, onmousemove: point, onclick: point },
        make("code", { text: `${name}: ${value}` }));
    });
    fields.replaceChildren(...(chips.length ? [make("span", { class: "lk-note", text: words.fields }), ...chips] : []));
    all.replaceChildren(make("summary", { text: words.table }),
      table(model.get("heads"), rows.map((row) => [row.place, row.text, row.why])));
  };
  const tell = () => {
    const given = model.get("answer");
    answer.textContent = given.text || "";
    way.textContent = given.way || "";
    way.hidden = !given.way;
    draw();
    spoken.say(given.text || "");
  };
  const asked = model.get("question");
  const text = (name, size) => make("input", { type: "text", size, value: asked[name], "data-name": name });
  const source = text("source", 15);
  const goal = text("destination", 20);
  const protocol = picker(words.protocol, ["tcp", "udp", "sctp"].map((one) => [one, one]), "tcp", () => {});
  const hook = picker(words.hook, model.get("hooks"), asked.hook, () => {});
  const go = () => set("question", { source: source.value, destination: goal.value, protocol: protocol.select.value,
    hook: hook.select.value, asked: Date.now() });
  const form = make("form", { class: "lk-bar", onsubmit: (event) => { event.preventDefault(); go(); } },
    make("strong", { text: words.ask }), make("label", {}, words.source, source), make("label", {}, words.destination, goal),
    protocol.row, hook.row, make("button", { type: "submit", text: words.go }));
  const area = make("textarea", { rows: 6, style: "width:100%;font-family:monospace", "aria-label": words["paste.label"] });
  const paste = make("details", {}, make("summary", { text: words.paste }), area,
    make("button", { type: "button", text: words.read, onclick: () => set("pasted", area.value) }));
  model.on("change:rows", draw);
  model.on("change:drawing", draw);
  model.on("change:service", draw);
  model.on("change:answer", tell);
  box.append(title, make("div", { class: "lk-bar" }, services.row), map, note, fields,
    make("p", { class: "lk-note", text: words.rules }), why, list, form, answer, way, all, paste, spoken.place);
  el.append(box);
  draw();
  tell();
}
export default { render };
