// A table of buttons: guess each cell, then reveal.  The answers come from Python when asked for.
function render({ model, el }) {
  const words = model.get("words");
  const sources = model.get("sources");
  const targets = model.get("targets");
  const box = frame(model, "lk-matrix");
  const spoken = voice();
  const score = make("p", {});
  const list = make("ul", {});
  const why = make("div", {}, make("p", { class: "lk-title", text: words.why }), list);
  const buttons = new Map();
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const press = (key) => {
    if (model.get("revealed")) return;
    const now = { ...model.get("guesses") };
    if (!(key in now)) now[key] = true; else if (now[key]) now[key] = false; else delete now[key];
    set("guesses", now);
    draw();
    spoken.say(buttons.get(key).textContent);
  };
  const rows = sources.map((source, i) => make("tr", {}, make("th", { scope: "row", text: source }),
    ...targets.map((target, j) => {
      const key = `${i},${j}`;
      const button = make("button", { type: "button", onclick: () => press(key) });
      buttons.set(key, button);
      return make("td", {}, button);
    })));
  const reveal = make("button", { type: "button", onclick: () => {
    if (model.get("revealed")) set("guesses", {});
    set("revealed", !model.get("revealed"));
  } });
  const draw = () => {
    const guesses = model.get("guesses");
    const truth = model.get("truth");
    const open = model.get("revealed") && Object.keys(truth).length > 0;
    let right = 0;
    for (const [key, button] of buttons) {
      const [i, j] = key.split(",").map(Number);
      const guess = guesses[key];
      let text = guess === undefined ? words.unknown : guess ? words.yes : words.no;
      button.className = "";
      if (open) {
        const ok = truth[key][0];
        const hit = guess === ok;
        right += hit ? 1 : 0;
        text = (ok ? words.yes : words.no) + (guess === undefined ? "" : ` · ${hit ? words.right : words.wrong}`);
        button.className = ok ? "lk-ok" : "lk-not";
      }
      button.textContent = text;
      button.setAttribute("aria-label", `${sources[i]} → ${targets[j]}: ${text}`);
      button.setAttribute("aria-disabled", String(open));
    }
    reveal.textContent = open ? words.again : words.reveal;
    why.hidden = !open;
    score.textContent = open ? words.score.replace("{right}", right)
      .replace("{guessed}", Object.keys(guesses).length).replace("{n}", buttons.size) : words.help;
    list.replaceChildren(...(open ? [...buttons.keys()].filter((key) => truth[key][1]).map((key) => {
      const [i, j] = key.split(",").map(Number);
      return make("li", { text: `${sources[i]} → ${targets[j]}: ${truth[key][1]}` });
    }) : []));
    if (open) spoken.say(score.textContent);
  };
  model.on("change:truth", draw);
  model.on("change:guesses", draw);
  box.append(make("p", { class: "lk-title", text: model.get("title") }), score,
    make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col", text: words.from }),
      ...targets.map((text) => make("th", { scope: "col", text })))), make("tbody", {}, ...rows)),
    reveal, why, spoken.place);
  el.append(box);
  draw();
}
export default { render };
