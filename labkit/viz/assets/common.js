// What every widget shares: elements, a box that keeps its keys, a voice, a player of steps.
function make(name, given = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (key === "class") made.className = value;
    else if (key === "text") made.textContent = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}
function frame(model, kind) {
  const box = make("div", { class: "labkit " + kind, role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true" });
  // In command mode Jupyter takes arrow keys and Enter for itself, before they come here (Notebook 7
  // at the document already).  So they are taken at the window; inside this box they are ours, but
  // for those with Ctrl, Alt or Cmd.  What the browser does by itself (a press, a letter) goes on.
  box.keys = [];
  window.addEventListener("keydown", (event) => {
    if (!box.contains(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    for (const take of box.keys) take(event);
    event.stopPropagation();
  }, true);
  return box;
}
// Puts drawings into a place, their fills under names of that place's own: of two fills of one name a
// browser takes the first of the page, and paints nothing where that one is hidden.
function easel(place) {
  const own = `labkit-ink-${Math.random().toString(36).slice(2, 10)}-`;
  return (drawing) => { place.innerHTML = drawing.replaceAll("labkit-ink-", own); };
}
// Said by screen readers, at most twice a second, and not before something has changed.
function voice() {
  const place = make("p", { class: "lk-hidden", "aria-live": "polite" });
  let timer = null;
  return { place, say(text) {
    clearTimeout(timer);
    timer = setTimeout(() => { place.textContent = text; }, 500);
  } };
}
function table(heads, rows, caption) {
  const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text })));
  const body = rows.map((row) => make("tr", {}, ...row.map((one, i) => {
    const cell = typeof one === "object" ? one : { text: one };
    return i === 0 ? make("th", { scope: "row", ...cell }) : make("td", cell);
  })));
  return make("table", {}, caption ? make("caption", { text: caption }) : null,
    make("thead", {}, head), make("tbody", {}, ...body));
}
function slider(text, min, max, value, changed, step = 1) {
  const out = make("output", { text: String(value) });
  const input = make("input", { type: "range", min, max, step, value, oninput: () => {
    out.textContent = input.value;
    changed(Number(input.value));
  } });
  const row = make("label", { style: "flex:1" }, make("span", { text }), input, out);
  return { row, input, set(now, said) { input.value = now; out.textContent = said ?? String(now); } };
}
function picker(text, options, value, changed) {
  const select = make("select", { onchange: () => changed(select.value) },
    ...options.map(([key, name]) => make("option", { value: key, text: name })));
  select.value = value;
  return { row: make("label", {}, make("span", { text }), select), select };
}
// Back, play, next and a slider over the trait "step"; left, right, Home and End do the same.
function player(model, box, words, last, seconds = 1.3) {
  let timer = null;
  const go = (to) => {
    const step = Math.min(Math.max(to, 0), last);
    if (step === model.get("step")) return;
    model.set("step", step);
    model.save_changes();
  };
  const stop = () => { clearInterval(timer); timer = null; play.textContent = words.play; };
  const back = make("button", { type: "button", text: words.back, onclick: () => { stop(); go(model.get("step") - 1); } });
  const next = make("button", { type: "button", text: words.next, onclick: () => { stop(); go(model.get("step") + 1); } });
  const play = make("button", { type: "button", text: words.play, onclick: () => {
    if (timer) return stop();
    if (model.get("step") >= last) go(0);
    play.textContent = words.pause;
    timer = setInterval(() => {
      if (model.get("step") >= last || !box.isConnected) stop(); else go(model.get("step") + 1);
    }, seconds * 1000);
  } });
  const bar = slider(words.step, 1, last + 1, model.get("step") + 1, (value) => { stop(); go(value - 1); });
  const show = () => {
    const step = model.get("step");
    bar.set(step + 1, `${step + 1} / ${last + 1}`);
    bar.input.setAttribute("aria-valuetext", `${step + 1} / ${last + 1}`);
    // Not "disabled": a button that loses the focus would take the keys with it.
    back.setAttribute("aria-disabled", String(step <= 0));
    next.setAttribute("aria-disabled", String(step >= last));
  };
  box.keys.push((event) => {
    if (["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName)) return;
    const to = { ArrowRight: model.get("step") + 1, ArrowLeft: model.get("step") - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    stop();
    go(to);
  });
  model.on("change:step", show);
  show();
  return { row: make("div", { class: "lk-bar" }, back, play, next, bar.row), go, stop };
}
